"""The baselines: what each understands, and that a home's names and lacks count for all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scenic_iot.bench.evaluate import Ranker
from scenic_iot.bench.peers import base, dictionary, model, neighbour, pattern, sentences
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.finder import Found
from scenic_iot.home.homefile import Home, load_home
from scenic_iot.runtime.bundle import BundleError
from scenic_iot.text.tokenizer import named_device

CATALOGUE = load_catalogue()
OUTLET = named_device(0, list(CATALOGUE.devices).index("outlet"))
GIVEN = base.Given(
    CATALOGUE,
    (
        ("turn on the light", "light power=on"),
        ("turn off the light in the kitchen", "light@kitchen power=off"),
        ("打开窗帘", "curtain position=open"),
        (f"turn on {OUTLET}", "#1 power=on"),
        ("what a lovely day", "reject out_of_scope"),
    ),
)
MAKERS = [dictionary.make, neighbour.make, pattern.make, sentences.make, model.make]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("home") / "home.yaml"
    path.write_text(
        "areas:\n  kitchen: {names: [cookery]}\n"
        "devices:\n  nattbord: {type: outlet, area: bedroom, names: [nattbord]}\n"
        "  lamp: {type: light, area: kitchen}\n",
        encoding="utf-8",
    )
    return load_home(path, CATALOGUE)


@pytest.mark.parametrize("make", MAKERS)
def test_all_know_the_plain_and_the_names_of_a_home(make: Callable[[base.Given], base.Peer], home: Home) -> None:
    peer = make(GIVEN)
    everything, here = peer.ranker(None), peer.ranker(home)
    assert everything("Turn on the light!")[0] == "light power=on"
    assert everything("打开窗帘")[0] == "curtain position=open"
    assert here("turn on nattbord")[0] == "nattbord power=on"
    assert here("打开窗帘")[0].startswith("reject")  # there is no curtain in it
    assert len(everything("turn on the light")) <= 5


def test_the_dictionary_knows_nothing_else() -> None:
    rank = dictionary.make(GIVEN).ranker(None)
    assert rank("turn on the lights") == ["reject out_of_scope"]
    assert rank("turn on nattbord") == ["reject out_of_scope"]  # a name where no home was given


def test_the_neighbour_ranks_by_likeness() -> None:
    ranked = neighbour.make(GIVEN).ranker(None)("turn the light in the kitchen off")
    assert ranked[:2] == ["light@kitchen power=off", "light power=on"]
    assert len(ranked) == len(set(ranked))
    assert neighbour.make(GIVEN).ranker(None)("你") == ["reject out_of_scope"]


@pytest.fixture(scope="module")
def names() -> Ranker:
    return pattern.make(GIVEN).ranker(None)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("turn off the lights in the living room", "light@living_room power=off"),
        ("关掉厨房和书房的灯", "light@kitchen power=off; light@study power=off"),
        ("turn off all the lights", "light@all power=off"),
        ("set the thermostat to twenty six", "climate temperature=26"),
        ("空调调到二十六度", "climate temperature=26"),
        ("空调调高两度", "climate temperature+=2"),
        ("make the bedroom light brighter", "light@bedroom brightness+=step"),
        ("turn the lights red", "light color=red"),
        ("把电视音量调到百分之三十", "tv volume=30%"),
        ("close the garage door", "garage_door position=closed"),
        ("关窗帘，打开空调", "curtain position=closed; climate power=on"),
        ("turn on the ac and set it to 24", "climate power=on; climate temperature=24"),
        ("switch off the tv", "tv power=off"),
        ("turn off the kitchen", "light@kitchen power=off"),
        ("is the door locked", "lock state?"),
        ("卧室湿度多少", "sensor@bedroom humidity?"),
        ("set the light to 300 percent", "reject unsupported"),
        ("what's the weather", "reject out_of_scope"),
        ("", "reject out_of_scope"),
    ],
)
def test_the_pattern_of_names(names: Ranker, text: str, command: str) -> None:
    assert names(text) == [command]


@pytest.fixture(scope="module")
def hassil() -> Ranker:
    return sentences.make(GIVEN).ranker(None)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("turn on the lights", "light power=on"),
        ("turn off all the lights", "light@all power=off"),
        ("把客厅的灯关了", "light@living_room power=off"),
        ("open the curtains in the bedroom", "curtain@bedroom position=open"),
        ("set the curtains to 37%", "curtain position=37%"),
        ("set bedroom brightness to maximum", "light@bedroom brightness=max"),
        ("set the thermostat to 21 degrees", "climate temperature=21"),
        ("把空调调成二十六度", "climate temperature=26"),
        ("what's the temperature in the bedroom", "sensor@bedroom temperature?"),
        ("锁上门", "lock state=locked"),
        ("unlock the door", "lock state=unlocked"),
        ("is the door locked", "lock state?"),
        ("vacuum the kitchen", "vacuum@kitchen task=clean"),
        ("pause the tv", "tv playback=pause"),
        ("set tv volume to 37%", "tv volume=37%"),
        ("turn up the volume", "reject ambiguous"),
        ("turn off the fan in 10 minutes", "fan power=off in 10m"),
        ("三十分钟后打开客厅的灯", "light@living_room power=on in 30m"),
        ("movie scene", "scene activate=movie"),
        ("what's the weather", "reject out_of_scope"),
        ("kill the lights in the den", "reject out_of_scope"),
        ("", "reject out_of_scope"),
    ],
)
def test_home_assistants_sentences(hassil: Ranker, text: str, command: str) -> None:
    assert hassil(text) == [command]


def test_names_take_the_place_of_placeholders() -> None:
    found = Found("", ("nattbord",), ("cookery", "loft"))
    assert base.named("#1 power=on; light@all-#2 power=off", found) == "nattbord power=on; light@all-loft power=off"
    assert base.named("light@#1 power=on", found) == "light@cookery power=on"
    assert base.named("#2 power=on", found) is None


def test_what_cannot_be_is_refused(home: Home) -> None:
    assert base.fit("light power=purple", CATALOGUE, None) == "reject unsupported"
    assert base.fit("light@kitchen power=on", CATALOGUE, home) == "light@kitchen power=on"
    assert base.fit("light@bedroom power=on", CATALOGUE, home) == "reject unsupported"
    assert base.fit("scene activate=home", CATALOGUE, home) == "scene activate=home"


def test_a_bundle_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        model.make(base.Given(CATALOGUE, (), tmp_path))
