"""Which numbers may be written where: one rule for the parser, which judges whole numbers, and for the automaton,
which writes them digit by digit and must never begin one that it cannot end.

Canonical numbers have no plus sign, no leading zeros, and at most one digit after the point, which is not 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from scenic_iot.home.catalogue import NumberSpec

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")  # what looks like a number, canonical or not
CANONICAL = re.compile(r"(?!-0$)-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?")
_MOST_DIGITS = 4  # before the point


@dataclass(frozen=True, slots=True)
class NumberRule:
    """Numbers from `low` to `high`, both in tenths, ends included; with a decimal or whole."""

    low: int
    high: int
    decimals: int
    suffix: str
    suffix_optional: bool

    def complete(self, text: str) -> bool:
        """Whether the text, without a suffix, is an allowed number in canonical form."""
        if not CANONICAL.fullmatch(text) or len(text) > _MOST_DIGITS + 3:
            return False
        whole, _, fraction = text.partition(".")
        return len(fraction) <= self.decimals and self.low <= _tenths(whole, fraction) <= self.high

    def accepts(self, text: str) -> bool:
        """Whether the text, suffix included, is allowed."""
        if self.suffix and text.endswith(self.suffix):
            return self.complete(text.removesuffix(self.suffix))
        return (not self.suffix or self.suffix_optional) and self.complete(text)

    def continuations(self, prefix: str) -> str:
        """The characters, of "-.0123456789", that may follow what is written so far."""
        return _continuations(self, prefix)

    def describe(self) -> str:
        """For people: "a number from 5 to 99"."""
        low, high = (f"{bound / 10:g}{self.suffix}" for bound in (self.low, self.high))
        return f"a {'' if self.decimals else 'whole '}number from {low} to {high}"


def setting(spec: NumberSpec) -> NumberRule:
    """What an attribute can be set to."""
    return NumberRule(10 * spec.min, 10 * spec.max, spec.decimals, spec.suffix, spec.unit_optional)


def amount(spec: NumberSpec) -> NumberRule:
    """What an attribute can be changed by: more than nothing, and no more than its range is wide."""
    low = 1 if spec.decimals else 10
    return NumberRule(low, 10 * (spec.max - spec.min), spec.decimals, spec.suffix, spec.unit_optional)


def _tenths(whole: str, fraction: str) -> int:
    magnitude = 10 * abs(int(whole)) + int(fraction or 0)
    return -magnitude if whole.startswith("-") else magnitude


@lru_cache(maxsize=8192)
def _continuations(rule: NumberRule, prefix: str) -> str:
    return "".join(char for char in "-.0123456789" if _viable(rule, prefix + char))


def _viable(rule: NumberRule, prefix: str) -> bool:
    """Whether some allowed number begins so: itself, with more digits, or with a decimal."""
    if "." in prefix and not prefix.endswith("."):
        return rule.complete(prefix)
    if prefix == "-":
        return rule.low < 0
    if not re.fullmatch(r"-?(?:0|[1-9][0-9]{0,3})\.?", prefix):
        return False
    if prefix.endswith("."):
        return any(rule.complete(prefix + digit) for digit in "123456789")
    return any(_meets(rule, prefix, more) for more in range(_MOST_DIGITS + 1 - len(prefix.lstrip("-"))))


def _meets(rule: NumberRule, prefix: str, more: int) -> bool:
    """Whether an allowed number is `prefix` with `more` digits before the point, and perhaps a decimal after it."""
    digits = prefix.lstrip("-")
    if more and digits == "0":
        return False
    low = 10 * int(digits + "0" * more)
    high = 10 * int(digits + "9" * more) + (9 if rule.decimals else 0)
    if not prefix.startswith("-"):
        return low <= rule.high and high >= rule.low
    smallest = 1 if rule.decimals else 10  # -0 is no number
    return max(low, smallest) <= -rule.low and high >= max(-rule.high, smallest)
