"""Numbers as a whole and digit by digit."""

from __future__ import annotations

import pytest

from scenic_iot.command.numbers import NumberRule, amount, setting
from scenic_iot.home.catalogue import NumberSpec

SPECS = [
    NumberSpec(0, 100, "%"),
    NumberSpec(5, 99, "degree", decimals=1),
    NumberSpec(-30, 60, "degree", decimals=1),
    NumberSpec(-30, -10),
    NumberSpec(-1, 1, decimals=1),
    NumberSpec(1500, 9000, "kelvin"),
    NumberSpec(0, 9999),
    NumberSpec(0, 999, decimals=1),
    NumberSpec(17, 18),
]


def written(rule: NumberRule) -> set[str]:
    """Every number that can be written by following continuations."""
    found, open_ends = set(), [""]
    while open_ends:
        prefix = open_ends.pop()
        continuations = rule.continuations(prefix)
        assert continuations or rule.complete(prefix), f"{prefix!r} cannot be ended"
        open_ends += [prefix + char for char in continuations]
        if rule.complete(prefix):
            found.add(prefix)
    return found


@pytest.mark.parametrize("rule", [rule(spec) for spec in SPECS for rule in (setting, amount)])
def test_the_digits_lead_to_every_number_of_the_range_and_to_no_other(rule: NumberRule) -> None:
    step = 1 if rule.decimals else 10
    assert written(rule) == {f"{tenths / 10:g}" for tenths in range(rule.low, rule.high + 1, step)}


def test_amounts_are_more_than_nothing_and_no_wider_than_the_range() -> None:
    assert (amount(NumberSpec(20, 212)).low, amount(NumberSpec(20, 212)).high) == (10, 1920)


def test_suffixes() -> None:
    percent, optional = setting(NumberSpec(0, 100, "%")), setting(NumberSpec(0, 100, "%", unit_optional=True))
    assert percent.accepts("50%")
    assert not percent.accepts("50")
    assert optional.accepts("50")
    assert optional.accepts("50%")
    assert not setting(NumberSpec(5, 99, "degree")).accepts("50%")
    assert not percent.accepts("%")
    assert not percent.accepts("５0%")
