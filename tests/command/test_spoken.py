"""What is said back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from scenic_iot.command import Action, Command, parse
from scenic_iot.command.actions import REASONS
from scenic_iot.command.spoken import confirm
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, HomeArea, HomeDevice

from .strategies import clauses, commands

CATALOGUE = load_catalogue()
HOME = Home(
    {
        "living_room": HomeArea("living_room", ("客堂", "lounge")),
        "kitchen": HomeArea("kitchen", ("灶头",)),
        "media_room": HomeArea("media_room", ("影音室", "media room")),
    },
    {
        "left_curtain": HomeDevice("left_curtain", "curtain", "media_room", ("左侧窗帘", "left curtain")),
        "nattbord": HomeDevice("nattbord", "outlet", "bedroom", ("nattbord",)),
        "study_light": HomeDevice("study_light", "light", "study"),
    },
)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("light@living_room power=off", "好的，已关闭客厅灯。", "OK, the living room light is off."),
        ("light@upstairs brightness+=step", "好的，已调亮楼上灯。", "OK, the upstairs light is brighter."),
        ("light@all power=on", "好的，已打开所有灯。", "OK, all the lights are on."),
        (
            "light@all-bedroom-upstairs power=off",
            "好的，已关闭除卧室、楼上外的所有灯。",
            "OK, all the lights except in the bedroom and upstairs are off.",
        ),
        (
            "light@all-study power=on in 1m",
            "好的，1分钟后将打开除书房外的所有灯。",
            "OK, all the lights except in the study will be on in 1 minute.",
        ),
        ("all@kitchen power=off", "好的，已关闭厨房的所有设备。", "OK, everything in the kitchen is off."),
        ("all power=off", "好的，已关闭所有设备。", "OK, everything is off."),
        (
            "curtain position=closed; tv source=HDMI2",
            "好的，已关闭窗帘；已将电视信号源切换到HDMI2。",
            "OK, the curtain is closed; the source of the TV is set to HDMI2.",
        ),
        (
            "climate power=off in 30m",
            "好的，30分钟后将关闭空调。",
            "OK, the air conditioner will be off in 30 minutes.",
        ),
        (
            "climate temperature=26.5 in 1h30m",
            "好的，1小时30分钟后将空调温度调到26.5度。",
            "OK, the temperature of the air conditioner will be set to 26.5 degrees in 1 hour 30 minutes.",
        ),
        (
            "climate temperature+=1",
            "好的，已将空调温度调高1度。",
            "OK, the temperature of the air conditioner is up by 1 degree.",
        ),
        (
            "fan power=on at 22:00 every day",
            "好的，每天22:00将打开风扇。",
            "OK, the fan will be on at 22:00 every day.",
        ),
        ("fan power=on at mon 08:00", "好的，周一08:00将打开风扇。", "OK, the fan will be on on Monday at 08:00."),
        (
            "fan power=on at tomorrow 08:00 every weekday",
            "好的，明天08:00起每个工作日将打开风扇。",
            "OK, the fan will be on at 08:00 on weekdays, starting tomorrow.",
        ),
        ("curtain position=50%", "好的，已将窗帘开到50%。", "OK, the curtain is 50% open."),
        ("tv volume=20", "好的，已将电视音量调到20。", "OK, the volume of the TV is set to 20."),
        ("tv channel=Arte", "好的，已将电视切换到Arte频道。", "OK, the TV is on Arte."),
        ("lock state?", "好的，正在查询门锁的状态。", "OK, checking the state of the lock."),
        ("sensor@study humidity?", "好的，正在查询书房的湿度。", "OK, checking the humidity in the study."),
        ("sensor temperature?", "好的，正在查询室内的温度。", "OK, checking the temperature."),
        ("fan swing=off", "好的，已关闭风扇扫风。", "OK, the swing of the fan is off."),
    ],
)
def test_confirmations(text: str, zh: str, en: str) -> None:
    assert confirm(parse(text), "zh") == zh
    assert confirm(parse(text), "en") == en


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("left_curtain position=open", "好的，已打开左侧窗帘。", "OK, left curtain is open."),
        ("nattbord power=on", "好的，已打开nattbord。", "OK, nattbord is on."),
        ("study_light power=on", "好的，已打开书房灯。", "OK, the study light is on."),
        ("light@living_room power=on", "好的，已打开客堂灯。", "OK, the lounge light is on."),
        ("light@kitchen power=on", "好的，已打开灶头灯。", "OK, the kitchen light is on."),
        ("light@media_room power=on", "好的，已打开影音室灯。", "OK, the media room light is on."),
    ],
)
def test_a_home_is_spoken_of_in_its_own_words(text: str, zh: str, en: str) -> None:
    assert confirm(parse(text, home=HOME), "zh", HOME) == zh
    assert confirm(parse(text, home=HOME), "en", HOME) == en


@pytest.mark.parametrize("reason", REASONS)
def test_rejections_say_why(reason: str) -> None:
    assert confirm(Command(rejected=reason), "zh").startswith("抱歉，")
    assert confirm(Command(rejected=reason), "en").startswith("Sorry, ")


def test_every_clause_and_value_is_spoken_without_gaps() -> None:
    for clause in clauses(CATALOGUE):
        numbers = ["7"] if clause.spec.number else []
        words = clause.spec.values if clause.op == "set" else ("step",)
        for value in [None] if clause.op == "query" else [*words, *numbers]:
            command = Command((Action(clause.device, clause.attribute, clause.op, value),))
            zh, en = confirm(command, "zh"), confirm(command, "en")
            assert re.fullmatch(r"好的，[^{}_ ]+。", zh), zh
            assert re.fullmatch(r"OK, [^{}_\u4e00-\u9fff]+\.", en), en
            assert "  " not in en


@given(commands(CATALOGUE, HOME))
def test_every_command_is_spoken(command: Command) -> None:
    for language in ("zh", "en"):
        assert confirm(command, language, HOME)


def test_an_unknown_language_raises() -> None:
    with pytest.raises(ValueError, match="zh, en"):
        confirm(parse("light power=on"), "fr")
