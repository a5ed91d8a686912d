"""What is kept from training, and that it is."""

from __future__ import annotations

import pytest

from scenic_iot.instruct.generate import Pair, pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.withheld import NOTHING, Withheld, has_withheld_value, packaged


def made(text: str, command: str, phrases: tuple[str, ...] = (), kinds: tuple[str, ...] = ()) -> Pair:
    return Pair(text, command, "en", "easy", kinds, phrases)


def test_each_reason_is_found() -> None:
    withheld = Withheld(frozenset({"en/x/1"}), frozenset({"turn on the light"}), frozenset({"reject:weather"}))
    assert withheld.reasons(made("lights on", "light power=on", ("en/x/1",))) == {"pattern"}
    assert withheld.reasons(made("Turn on the LIGHT!", "light power=on")) == {"text"}
    assert withheld.reasons(made("will it rain", "reject out_of_scope", kinds=("reject:weather",))) == {"kind"}
    assert withheld.reasons(made("lights on", "light power=on", ("en/x/2",))) == set()


@pytest.mark.parametrize(
    ("command", "withheld"),
    [
        ("light brightness=50%", False),
        ("climate temperature=22", False),
        ("light power=on at 22:00", False),
        ("tv channel=sports", False),
    ],
)
def test_what_people_say_every_day_is_not_withheld(command: str, withheld: bool) -> None:
    assert has_withheld_value(command) is withheld


def test_some_values_and_some_pairs_of_actions_are_withheld() -> None:
    values = [number for number in range(101) if has_withheld_value(f"light brightness={number}%")]
    assert 5 <= len(values) <= 30
    assert not any(number % 5 == 0 for number in values)
    sample = list(pairs(5, 3000, mix=Mix(actions=(0.0, 1.0), name=0.0), withheld=NOTHING))
    kept = [pair for pair in sample if "combination" in Withheld().reasons(pair)]
    assert 0 < len(kept) < len(sample) / 3
    # the order in which two actions are said does not matter
    for pair in kept:
        backwards = "; ".join(reversed(pair.command.split("; ")))
        assert "combination" in Withheld().reasons(made(pair.text, backwards))


def test_generated_pairs_hold_nothing_that_is_withheld() -> None:
    withheld = packaged()
    assert withheld.patterns
    assert withheld.texts
    for pair in pairs(6, 4000):
        assert not withheld.reasons(pair)


def test_whole_kinds_can_be_withheld() -> None:
    weather = packaged().without(("reject:weather",))
    assert any("reject:weather" in pair.kinds for pair in pairs(7, 3000))
    assert not any("reject:weather" in pair.kinds for pair in pairs(7, 3000, withheld=weather))
