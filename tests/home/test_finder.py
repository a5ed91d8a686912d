"""Finding a home's names: exactly, with slips, the longest first, and at the same cost in a large home."""

from __future__ import annotations

import time

import pytest

from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.finder import Finder
from scenic_iot.home.homefile import Home, HomeArea, HomeDevice
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import named_area, named_device

TYPES = list(load_catalogue().devices)
LIGHT, OUTLET = TYPES.index("light"), TYPES.index("outlet")


def finder(*devices: tuple[str, str], areas: dict[str, str] | None = None, familiar: set[str] | None = None) -> Finder:
    home = Home(
        {key: HomeArea(key, (name,)) for key, name in (areas or {}).items()},
        {f"d{i}": HomeDevice(f"d{i}", kind, None, (name,)) for i, (kind, name) in enumerate(devices)},
    )
    return Finder(home, load_catalogue(), (familiar or set()).__contains__)


@pytest.mark.parametrize(
    "text", ["turn on nattbord", "Turn on NATTBORD", "turn on natt bord", "turn on nattbrod", "turn on natbord"]
)
def test_a_name_with_case_spaces_and_slips(text: str) -> None:
    found = finder(("outlet", "Nattbord")).find(normalise(text))
    assert found.text == f"turn on {named_device(0, OUTLET)}"
    assert found.names == ("d0",)


def test_the_longest_name_wins() -> None:
    found = finder(("light", "tree"), ("outlet", "christmas tree lights")).find("turn on the christmas tree lights")
    assert found.names == ("d1",)
    assert found.text == f"turn on the {named_device(0, OUTLET)}"


def test_several_names_and_areas() -> None:
    found = finder(("light", "lumi"), ("outlet", "denon"), areas={"media": "media room"}).find(
        "lumi and denon off in the media room and lumi again"
    )
    lumi, denon = named_device(0, LIGHT), named_device(1, OUTLET)
    assert found.text == f"{lumi} and {denon} off in the {named_area(0)} and {lumi} again"
    assert (found.names, found.areas) == (("d0", "d1"), ("media",))


def test_chinese_names_with_a_wrong_character() -> None:
    assert finder(("light", "左侧落地灯")).find("打开左测落地灯").names == ("d0",)
    assert finder(("light", "左灯")).find("打开右灯").names == ()


@pytest.mark.parametrize("text", ["打开电视", "把客厅的电视打开", "我的电视", "开电视"])
def test_a_kind_of_device_in_a_place_is_no_slip_of_a_name(text: str) -> None:
    assert finder(("tv", "老电视")).find(text).names == ()
    assert finder(("tv", "客厅老电视")).find(text).names == ()


def test_a_name_does_not_part_a_word() -> None:
    assert finder(("oven", "小烤")).find("打开小烤箱").names == ()
    assert finder(("oven", "小烤")).find("打开小烤").names == ("d0",)
    assert finder(("light", "关公灯")).find("打开关公灯").names == ("d0",)


def test_a_name_may_possess() -> None:
    assert finder(areas={"tea": "tea room"}).find("close our tea room's shutter").areas == ("tea",)


def test_familiar_words_are_no_slips() -> None:
    name = ("light", "bed lights")
    assert finder(name, familiar={"red", "lights"}).find("red lights").names == ()
    assert finder(name, familiar={"bed", "lights"}).find("bet lights").names == ("d0",)


def test_short_names_must_be_exact() -> None:
    assert finder(("light", "xsx")).find("turn on xsy").names == ()
    assert finder(("light", "xsx")).find("turn on xsx").names == ("d0",)


def test_a_name_is_found_at_word_bounds_only() -> None:
    assert finder(("light", "art")).find("start the party").names == ()


def test_no_more_than_there_are_placeholders_for() -> None:
    names = [("light", f"lamp{i}{i}{i}{i}{i}{i}") for i in range(6)]
    found = finder(*names).find(" ".join(name for _, name in names))
    assert len(found.names) == 4


def test_a_large_home_costs_no_more() -> None:
    def seconds(made: Finder) -> float:
        began = time.process_time()
        for _ in range(60):
            made.find("please turn on device number 0003 of mine and the lights in the kitchen")
        return time.process_time() - began

    homes = [finder(*[("light", f"device number {i:04d} of mine") for i in range(count)]) for count in (10, 1000)]
    rounds = [[seconds(made) for made in homes] for _ in range(15)]  # in turn: what slows one down slows both
    small, large = (min(column) for column in zip(*rounds, strict=True))
    assert large < 2 * small + 0.01
