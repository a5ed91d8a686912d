"""What every language can say of numbers and times. Each method draws one way of saying from the random source."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RECURRENCES = ("day", "weekday", "weekend", *DAYS)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day: `surface` as said, `clock` as the command language writes it (22:00)."""

    surface: str
    clock: str


@dataclass(frozen=True, slots=True)
class Said:
    """Something said and its canonical form; `kind` names what it is ("in", "at", "day", "every")."""

    surface: str
    canonical: str
    kind: str


class Speech(Protocol):
    """The interface; implementations are English and Chinese."""

    language: str

    def number(self, rng: random.Random, value: str, unit: str, amount: bool) -> str:
        """Ways of saying `value` ("26", "22.5", "-18") of a unit: "%", "degree", "kelvin" or "" (plain)."""
        ...

    def schedule(self, rng: random.Random) -> Said:
        """A schedule: "in ten minutes", "at 10 pm tomorrow", "every day at seven"."""
        ...

    def duration(self, rng: random.Random) -> Said:
        """A length of time alone: "ten minutes" -> 10m."""
        ...

    def moment(self, rng: random.Random) -> Moment:
        """A time of day alone: "ten pm" -> 22:00."""
        ...

    def span(self, rng: random.Random) -> tuple[Moment, Moment]:
        """When something begins and ends: "eight", "ten pm" -> 20:00, 22:00. The part of the day may be said once, and
        a night ends on the next day."""
        ...


def in_order(first: Moment, second: Moment) -> tuple[Moment, Moment]:
    """Two times of one day, the earlier one first."""
    return (first, second) if first.clock <= second.clock else (second, first)


def draw_duration(rng: random.Random) -> tuple[int, int, int]:
    """(hours, minutes, seconds) as people say them; one or two of them are not 0."""
    r = rng.random()
    if r < 0.55:
        return 0, rng.choice((1, 2, 3, 5, 5, 8, 10, 10, 15, 15, 20, 20, 25, 30, 30, 40, 45, 50, rng.randint(1, 59))), 0
    if r < 0.82:
        return rng.choice((1, 1, 1, 2, 2, 3, 4, 5, 6, 8, rng.randint(1, 12))), 0, 0
    if r < 0.92:
        return rng.randint(1, 4), rng.choice((5, 10, 15, 20, 30, 30, 30, 40, 45)), 0
    if r < 0.985:
        return 0, 0, rng.choice((5, 10, 15, 20, 30, 30, 45, 60, 90))
    return 0, rng.randint(1, 10), rng.choice((10, 20, 30, 30, 40))


@lru_cache(maxsize=4096)
def canonical_duration(hours: int, minutes: int, seconds: int) -> str:
    """1h30m, 10m, 90s."""
    return "".join(f"{n}{u}" for n, u in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n)


def draw_minute(rng: random.Random) -> int:
    r = rng.random()
    if r < 0.55:
        return 0
    if r < 0.72:
        return 30
    if r < 0.84:
        return rng.choice((15, 45))
    if r < 0.93:
        return rng.choice((5, 10, 20, 25, 35, 40, 50, 55))
    return rng.randint(0, 59)
