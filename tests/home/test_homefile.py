"""Home files, good and bad."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, HomeArea, HomeDevice, HomeError, fold, load_home

EXAMPLE = """\
areas:
  living_room: {names: [客厅, lounge]}
  media_room: {names: [影音室, media room]}
devices:
  left_curtain: {type: curtain, area: living_room, names: [左侧窗帘, left curtain]}
  nattbord: {type: outlet, area: bedroom, names: [nattbord]}
  beamer: {type: projector, area: media_room, names: [beamer, "12"]}
  bedroom_light: {type: light, area: bedroom}
"""


def test_the_example(tmp_path: Path) -> None:
    home = load_home(write(tmp_path, EXAMPLE), load_catalogue())
    assert list(home.areas.values()) == [
        HomeArea("living_room", ("客厅", "lounge")),
        HomeArea("media_room", ("影音室", "media room")),
    ]
    assert home.devices["left_curtain"] == HomeDevice(
        "left_curtain", "curtain", "living_room", ("左侧窗帘", "left curtain")
    )
    assert home.devices["beamer"].names == ("beamer", "12")
    assert home.devices["bedroom_light"].names == ()


def test_what_a_home_has(tmp_path: Path) -> None:
    home = load_home(write(tmp_path, EXAMPLE))
    assert home.has("light")
    assert home.has("light", "all")
    assert home.has("light", "bedroom")
    assert not home.has("light", "kitchen")
    assert not home.has("fan")


@pytest.mark.parametrize("text", ["areas:\ndevices:\n", "devices: {}", "areas: {kitchen: }"])
def test_sections_may_be_empty(tmp_path: Path, text: str) -> None:
    assert load_home(write(tmp_path, text)).devices == {}


def test_a_home_without_devices_has_none() -> None:
    assert not Home().has("light")


def test_merges_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = "devices:\n  a: &a {type: light, area: study}\n  b: {<<: *a, area: attic}\n  c: {<<: [*a, {names: [x]}]}\n"
    devices = load_home(write(tmp_path, "\ufeff" + text)).devices
    assert devices["b"] == HomeDevice("b", "light", "attic")
    assert devices["c"] == HomeDevice("c", "light", "study", ("x",))


def test_a_thousand_devices_load_in_well_under_a_second(tmp_path: Path) -> None:
    lines = [f"  lamp_{n}: {{type: light, area: kitchen, names: [lamp {n}, 灯{n}]}}" for n in range(2000)]
    path = write(tmp_path, "devices:\n" + "\n".join(lines))
    start = time.process_time()
    home = load_home(path)
    assert time.process_time() - start < 2  # seconds; it takes 0.2 for these two thousand
    assert len(home.devices) == 2000


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("areas:", "rooms:", "1: rooms", "unknown field"),
        ("devices:", "areas:", "4: areas", "given twice, first in line 1"),
        ("names: [客厅, lounge]", "name: [客厅]", "2: areas.living_room.name", "unknown field (did you mean 'names'?)"),
        ("[客厅, lounge]", "lounge", "2: areas.living_room.names", "expected a list"),
        ("lounge", "厨房", "2: areas.living_room", "a name of the area kitchen"),
        ("lounge", "12", "2: areas.living_room.names[1]", "expected text, found a number"),
        ("lounge", "''", "2: areas.living_room.names[1]", "no name"),
        (
            "  media_room: {names: [影音室, media room]}",
            "  media_room: {}",
            "3: areas.media_room",
            "a new area needs names",
        ),
        ("  media_room: {", "  all: {", "3: areas.all", "has a meaning already"),
        ("  media_room: {", "  light: {", "3: areas.light", "has a meaning already"),
        ("  media_room: {", "  Media: {", "3: areas.Media", "an id is"),
        ("media room]", "LOUNGE]", "3: areas.media_room.names[1]", "a name of living_room already (line 2)"),
        ("left_curtain: {", "left-curtain: {", "5: devices.left-curtain", "an id is"),
        ("left_curtain: {", "reject: {", "5: devices.reject", "an id is"),
        ("left_curtain: {", "curtain: {", "5: devices.curtain", "choose another"),
        ("left_curtain: {", "kitchen: {", "5: devices.kitchen", "choose another"),
        ("left_curtain: {", "media_room: {", "5: devices.media_room", "choose another"),
        ("type: curtain", "type: curtian", "5: devices.left_curtain.type", "(did you mean 'curtain'?)"),
        ("type: curtain, ", "", "5: devices.left_curtain", "'type' is missing"),
        ("type: curtain", "type: [curtain]", "5: devices.left_curtain.type", "found a list"),
        ("area: living_room", "area: livingroom", "5: devices.left_curtain.area", "(did you mean 'living_room'?)"),
        ("area: living_room", "area: all", "5: devices.left_curtain.area", "unknown area"),
        ("area: living_room", "room: living_room", "5: devices.left_curtain.room", "unknown field"),
        ("  nattbord: {", "  left_curtain: {", "6: devices.left_curtain", "given twice, first in line 5"),
        ("[nattbord]", "[nattbord, Nattbord]", "6: devices.nattbord.names[1]", "a name of nattbord already"),
        ("[nattbord]", "[Left  curtain]", "6: devices.nattbord.names[0]", "a name of left_curtain already (line 5)"),
        ("[nattbord]", "[ｌｏｕｎｇｅ]", "6: devices.nattbord.names[0]", "a name of living_room already (line 2)"),
        ("  nattbord: {", "  nattbord: &a {<<: *a, ", "6: devices.nattbord", "merges itself"),
    ],
)
def test_mistakes_are_named_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, where: str, message: str
) -> None:
    assert old in EXAMPLE
    path = write(tmp_path, EXAMPLE.replace(old, new, 1))
    with pytest.raises(HomeError, match=re.escape(message)) as raised:
        load_home(path)
    error = raised.value
    assert (error.file, f"{error.line}: {error.field}") == (str(path), where)


@pytest.mark.parametrize(
    ("old", "new"), [("[nattbord]", "[nattbord"), ("nattbord: {", "nattbord: *a {"), ("  nattbord:", "\tnattbord:")]
)
def test_broken_yaml_is_named_with_file_and_line(tmp_path: Path, old: str, new: str) -> None:
    path = write(tmp_path, EXAMPLE.replace(old, new, 1))
    with pytest.raises(HomeError, match="not YAML") as raised:
        load_home(path)
    assert 5 <= raised.value.line <= 7


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"devices:\n  a: {type: light, names: [\xff]}", "is not UTF-8"),
        (b"a: \x00", "is not YAML"),
        (b"--- {}\n--- {}\n", "is not YAML"),
        (b"just words", "expected a mapping"),
        (b"- 1", "expected a mapping, found a list"),
        (b"? [1, 2]\n: 3", "expected text, found a list"),
        (b"[" * 5000, "is not YAML"),
    ],
)
def test_files_that_are_no_home_at_all(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "home.yaml"
    path.write_bytes(data)
    with pytest.raises(HomeError, match=message):
        load_home(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="cannot be read") as raised:
        load_home(tmp_path / "none.yaml")
    assert raised.value.line == 0
    with pytest.raises(HomeError, match="cannot be read"):
        load_home(tmp_path)


def test_fold() -> None:
    assert fold(" Left  Ｃurtain") == fold("leftcurtain")


def write(folder: Path, text: str) -> Path:
    path = folder / "home.yaml"
    path.write_text(text, encoding="utf-8")
    return path
