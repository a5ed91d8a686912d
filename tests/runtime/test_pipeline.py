"""The packaged model from end to end: whatever is said, a command comes out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scenic_iot
from scenic_iot.command.parse import parse
from scenic_iot.runtime.pipeline import Interpreter

HOME = """
areas:
  media_room: {names: [影音室, media room]}
  living_room: {names: [snug]}
devices:
  left_curtain: {type: curtain, area: living_room, names: [左侧窗帘, left curtain]}
  zorblat: {type: outlet, area: bedroom, names: [zorblat]}
  bedroom_light: {type: light, area: bedroom}
  media_light: {type: light, area: media_room}
  snug_light: {type: light, area: living_room}
"""


@pytest.fixture(scope="module")
def home() -> Interpreter:
    return scenic_iot.load()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    path = tmp_path_factory.mktemp("home") / "home.yaml"
    path.write_text(HOME, encoding="utf-8")
    return scenic_iot.load(home=path)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("关掉客厅的灯", "light@living_room power=off"),
        ("turn off the lights in the kitchen", "light@kitchen power=off"),
        ("set the thermostat to 21 degrees", "climate temperature=21"),
        ("start the vacuum", "vacuum task=clean"),
        ("把卧室窗帘拉上", "curtain@bedroom position=closed"),
        # the examples of the command language
        ("把客厅的灯关了", "light@living_room power=off"),
        ("kill the lights in the living room", "light@living_room power=off"),
        ("有点暗，把书房灯调亮点", "light@study brightness+=step"),
        ("brighten the study a bit", "light@study brightness+=step"),
        ("空调调到26度", "climate temperature=26"),
        ("set the AC to 26", "climate temperature=26"),
        ("空调高两度", "climate temperature+=2"),
        ("AC two degrees up", "climate temperature+=2"),
        ("半小时后关空调", "climate power=off in 30m"),
        ("AC off in half an hour", "climate power=off in 30m"),
        ("晚上10点断开玄关插座", "outlet@entrance power=off at 22:00"),
        ("cut the entrance plug at 10 pm", "outlet@entrance power=off at 22:00"),
        ("关窗帘，再把电视调到HDMI2", "curtain position=closed; tv source=HDMI2"),
        ("除了卧室其他灯都关掉", "light@all-bedroom power=off"),
        ("all lights off except the bedroom", "light@all-bedroom power=off"),
        ("门锁好了吗", "lock state?"),
        ("is the door locked", "lock state?"),
        ("今天天气怎么样", "reject out_of_scope"),
        ("what's the weather", "reject out_of_scope"),
        ("把鱼缸换下水", "reject unsupported"),
        ("change the fish tank water", "reject unsupported"),
        ("打开", "reject ambiguous"),
        ("turn it up", "reject ambiguous"),
    ],
)
def test_plain_orders(home: Interpreter, text: str, command: str) -> None:
    assert home(text).command == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("大声一点", "tv volume+=step"),
        ("mute", "tv mute=on"),
        ("pause", "tv playback=pause"),
        ("打开", "reject ambiguous"),
        ("turn it up", "reject ambiguous"),
    ],
)
def test_a_lone_player_is_meant_where_none_is_said(tmp_path: Path, text: str, command: str) -> None:
    path = tmp_path / "home.yaml"
    path.write_text("devices:\n  telly: {type: tv, area: living_room}\n", encoding="utf-8")
    assert scenic_iot.load(home=path)(text).command == command
    path.write_text(path.read_text() + "  boom: {type: speaker, area: kitchen}\n", encoding="utf-8")
    assert scenic_iot.load(home=path)(text).command == "reject ambiguous"


@pytest.mark.parametrize("text", ["what's the weather in oslo", "给妈妈打电话", "tell me a joke", "明天几点开会"])
def test_what_is_no_business_of_a_home_is_refused(home: Interpreter, text: str) -> None:
    result = home(text)
    assert result.rejected == "out_of_scope"
    assert result.actions == ()


def test_a_result(home: Interpreter) -> None:
    result = home("turn on the bedroom light")
    assert result.text == "turn on the bedroom light"
    assert result.actions[0].area == "bedroom"
    assert 0.5 < result.confidence <= 1
    assert len(result.alternatives) <= 4
    confidences = [result.confidence, *(a.confidence for a in result.alternatives)]
    assert confidences == sorted(confidences, reverse=True)
    assert len({result.command, *(a.command for a in result.alternatives)}) == len(confidences)
    assert result.spoken("zh").startswith("好的")
    assert result.spoken().startswith("OK")
    data = result.to_json()
    assert list(data) == ["text", "command", "actions", "rejected", "confidence", "alternatives"]


def test_a_batch_is_what_its_sentences_are(home: Interpreter) -> None:
    texts = ["lights off", "开灯", ""]
    assert home(texts) == [home(text) for text in texts]


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_any_text_gives_commands_that_parse(text: str) -> None:
    result = _shared()(text)
    for command in (result.command, *(a.command for a in result.alternatives)):
        assert str(parse(command)) == command


ODD = [
    "",
    " \t ",
    "\x00\x01\x02",
    "🙂🙃🏠",
    "12345 67",
    "<b>lights</b> off <script>alert(1)</script>",
    "'; DROP TABLE lights; --",
    "أطفئ النور",
    "выключи свет",
    "電気を消して",
    "開啟 the 臥室 light please 谢谢",
    "\ud83d",
    "\ue000\ue400 on",
    "关" * 50_000,
    "turn off the lights " * 5_000,
    "x" * 100_000,
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_input_is_answered_quickly(home: Interpreter, text: str) -> None:
    began = time.process_time()
    result = home(text)
    spent = time.process_time() - began
    parse(result.command)
    assert spent < 0.5  # the promise is 50 ms; `scenic bench latency` measures, and a busy machine must not fail this


@pytest.mark.parametrize("text", ["", "   ", "🙂", "关" * 50_000, "lights off " * 5_000])
def test_nothing_and_too_much_are_refused(home: Interpreter, text: str) -> None:
    assert home(text).rejected == "out_of_scope"


def test_names_of_ones_own(own: Interpreter) -> None:
    assert own("turn on zorblat").command == "zorblat power=on"
    assert own("turn off the ZORBLAT").command == "zorblat power=off"
    assert own("打开左侧窗帘").command == "left_curtain position=open"
    assert own("turn off the lights in the media room").command == "light@media_room power=off"
    assert own("turn off the snug lights").command == "light@living_room power=off"


def test_what_the_home_lacks_is_refused(own: Interpreter) -> None:
    assert own("turn on the fan").command == "reject unsupported"
    assert own("turn on the kitchen light").command == "reject unsupported"
    assert own("turn on the bedroom light").command == "light@bedroom power=on"


_INTERPRETERS: list[Interpreter] = []


def _shared() -> Interpreter:
    """One interpreter for the examples that hypothesis makes up."""
    if not _INTERPRETERS:
        _INTERPRETERS.append(scenic_iot.load())
    return _INTERPRETERS[0]


def test_the_package_imports_no_torch(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys, scenic_iot; scenic_iot.load()('lights off'); assert 'torch' not in sys.modules; print('fine')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.stdout == "fine\n", done.stderr
