"""How numbers and times are said: words, and that what is said is what is meant."""

from __future__ import annotations

import random
import re

import pytest

from scenic_iot.command.schedule import Schedule
from scenic_iot.instruct.noise import slip
from scenic_iot.instruct.speech import speech_of
from scenic_iot.instruct.speech.base import Said
from scenic_iot.instruct.speech.chinese import words as chinese
from scenic_iot.instruct.speech.english import words as english


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (26, "二十六"),
        (105, "一百零五"),
        (120, "一百二十"),
        (-18, "零下十八"),
        (2700, "两千七百"),
        (4005, "四千零五"),
        (10000, "一万"),
        (12345, "一万两千三百四十五"),
    ],
)
def test_chinese_numbers(number: int, said: str) -> None:
    assert chinese(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (21, "twenty one"),
        (72, "seventy two"),
        (105, "one hundred and five"),
        (4000, "four thousand"),
        (-18, "minus eighteen"),
        (6500, "six thousand five hundred"),
    ],
)
def test_english_numbers(number: int, said: str) -> None:
    assert english(number) == said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_schedule_is_canonical(language: str) -> None:
    speech, rng = speech_of(language), random.Random(1)
    for _ in range(3000):
        said = speech.schedule(rng)
        assert str(Schedule.parse(said.canonical)) == said.canonical, said


def drawn(language: str, pattern: str) -> list[Said]:
    """Schedules whose surface matches."""
    speech, rng = speech_of(language), random.Random(2)
    found = [said for said in (speech.schedule(rng) for _ in range(30_000)) if re.fullmatch(pattern, said.surface)]
    assert found
    return found


@pytest.mark.parametrize(
    ("language", "pattern", "canonical"),
    [
        ("en", "in half an hour", "in 30m"),
        ("en", "in (an|one) hour", "in 1h"),
        ("en", "at (noon|midday)", "at 12:00"),
        ("en", "at midnight", "at 00:00"),
        ("en", "at (12|twelve) (am|a.m.|in the morning)", "at 00:00"),
        ("en", "at (12|twelve) (pm|p.m.)", "at 12:00"),
        ("en", "at half past (ten|10)( pm| p.m.)", "at 22:30"),
        ("en", "(at|by|for|at around|when it's) (a )?quarter to eight", "at 07:45"),
        ("en", "tomorrow at (7|seven) (am|a.m.)", "at tomorrow 07:00"),
        ("en", "every day at (10|ten) (pm|p.m.)", "at 22:00 every day"),
        ("zh", "半小时后", "in 30m"),
        ("zh", "(两|2)个半小时后", "in 2h30m"),
        ("zh", "(晚上|夜里|晚间)(10|十)点", "at 22:00"),
        ("zh", "下午(三|3)点半", "at 15:30"),
        ("zh", "(10|十)点", "at 10:00"),
        ("zh", "(正午|正午十二点|中午12点)", "at 12:00"),
        ("zh", "(午夜|零点|晚上十二点|半夜十二点|0点)", "at 00:00"),
        ("zh", "每天(早上|早晨|清晨)(七|7)点", "at 07:00 every day"),
    ],
)
def test_what_is_said_is_what_is_meant(language: str, pattern: str, canonical: str) -> None:
    assert {said.canonical for said in drawn(language, pattern)} == {canonical}


@pytest.mark.parametrize(
    ("language", "value", "unit", "wanted"),
    [
        ("zh", "40", "%", {"40%", "百分之四十", "四成", "40"}),
        ("zh", "26", "degree", {"26度", "二十六度", "26"}),
        ("zh", "26.5", "degree", {"26.5度", "二十六度半"}),
        ("en", "40", "%", {"40%", "forty percent", "40"}),
        ("en", "72", "degree", {"72 degrees", "seventy two", "72 degrees fahrenheit"}),
        ("en", "-18", "degree", {"minus eighteen", "-18"}),
    ],
)
def test_ways_of_saying_a_number(language: str, value: str, unit: str, wanted: set[str]) -> None:
    speech, rng = speech_of(language), random.Random(3)
    assert wanted <= {speech.number(rng, value, unit, False) for _ in range(500)}


def test_slips_spare_numbers_and_the_words_that_decide() -> None:
    rng = random.Random(4)
    for _ in range(2000):
        changed = slip(rng, "lock 25 seven", "en", {}, {})
        assert "25" in changed
        assert re.search(r"\bseven\b|seven$", changed)
        assert "lock" in changed


def test_slips_change_something_often() -> None:
    rng = random.Random(5)
    changed = sum(
        slip(rng, "please switch the kitchen lamp on", "en", {}, {}) != "please switch the kitchen lamp on"
        for _ in range(500)
    )
    assert changed > 200


def test_a_chinese_span_says_its_part_of_the_day_once_or_lasts_over_night() -> None:
    spans = [speech_of("zh").span(random.Random(seed)) for seed in range(400)]
    evening = [(first, second) for first, second in spans if first.surface.startswith("晚上") and first.clock > "01:00"]
    bare = [(first, second) for first, second in evening if re.match(r"\d|[二三四五六七八九十]", second.surface)]
    assert len(bare) > 5
    assert all("18:00" <= first.clock < second.clock for first, second in bare)
    assert sum(first.clock >= "18:00" and second.clock < "10:00" for first, second in spans) > 40


def test_an_english_span_says_pm_once() -> None:
    spans = [speech_of("en").span(random.Random(seed)) for seed in range(400)]
    bare = [pair for pair in spans if not re.search(r"m\.?$|ing$|n$|t$|day$|:", pair[0].surface)]
    late = [(first, second) for first, second in bare if re.search(r"p\.? ?m\.?$", second.surface)]
    assert len(late) > 20
    assert all("13:00" <= first.clock < second.clock for first, second in late)
