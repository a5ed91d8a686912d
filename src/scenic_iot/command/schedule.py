"""When an action is due: after a while, or at a time of day, perhaps on a day, perhaps again and again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scenic_iot.command.errors import CommandError, quote

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS = ("today", "tomorrow", *WEEKDAYS)
RECURRENCES = ("day", "weekday", "weekend", *WEEKDAYS)
UNITS = {"h": 3600, "m": 60, "s": 1}  # in the order in which they are written, with their seconds
MAX_DIGITS = 4  # of each number of a duration

_WORD = re.compile(r"[^ \t\r\n;]+")
_SPACES = re.compile(r"[ \t\r\n]*")
_PART = rf"[1-9][0-9]{{0,{MAX_DIGITS - 1}}}"
_DURATION = re.compile(rf"(?=.)(?:({_PART})h)?(?:({_PART})m)?(?:({_PART})s)?")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule taken apart. `delay` is given, or `time` is, perhaps with `day` and `every`."""

    delay: tuple[tuple[int, str], ...] = ()
    """Numbers with their units, the largest first: ((1, "h"), (30, "m"))."""
    time: tuple[int, int] | None = None
    """Hour and minute of the 24-hour clock."""
    day: str | None = None
    every: str | None = None

    @property
    def seconds(self) -> int | None:
        """The delay in seconds; None for a time of day."""
        return sum(number * UNITS[unit] for number, unit in self.delay) if self.delay else None

    def __str__(self) -> str:
        if self.delay:
            return "in " + "".join(f"{number}{unit}" for number, unit in self.delay)
        hour, minute = self.time or (0, 0)
        day, every = f"{self.day} " if self.day else "", f" every {self.every}" if self.every else ""
        return f"at {day}{hour:02}:{minute:02}{every}"

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """The schedule that a text writes, and nothing after it. Raises CommandError."""
        schedule, end = read_schedule(text, 0)
        if end < len(text):
            raise CommandError(f"{quote(text[end:])} after the schedule", end, ("the end",))
        return schedule


def read_schedule(text: str, start: int) -> tuple[Schedule, int]:
    """Read a schedule at `start`; also returns where it and the spaces after it end. Raises CommandError."""
    keyword, position = _word(text, start)
    if keyword == "in":
        return _delay(text, position)
    if keyword == "at":
        return _clock(text, position)
    raise CommandError(f"{quote(keyword)} is no schedule" if keyword else "a schedule is missing", start, ("in", "at"))


def _delay(text: str, start: int) -> tuple[Schedule, int]:
    word, end = _word(text, start)
    match = _DURATION.fullmatch(word)
    if not match:
        expected = ("a duration like 90s, 30m or 1h30m",)
        raise CommandError(f"{quote(word)} is no duration" if word else "the duration is missing", start, expected)
    return Schedule(tuple((int(n), unit) for n, unit in zip(match.groups(), UNITS, strict=True) if n)), end


def _clock(text: str, start: int) -> tuple[Schedule, int]:
    day, (word, end) = None, _word(text, start)
    if word in DAYS:
        day, start = word, end
        word, end = _word(text, start)
    match = _TIME.fullmatch(word)
    if not match:
        expected = ("a time from 00:00 to 23:59", *(() if day else DAYS))
        raise CommandError(f"{quote(word)} is no time" if word else "the time is missing", start, expected)
    every, following = None, _word(text, end)
    if following[0] == "every":
        start = following[1]
        every, end = _word(text, start)
        if every not in RECURRENCES:
            raise CommandError(
                f"{quote(every)} is no recurrence" if every else "the recurrence is missing", start, RECURRENCES
            )
    return Schedule(time=(int(match[1]), int(match[2])), day=day, every=every), end


def _word(text: str, start: int) -> tuple[str, int]:
    """The word at `start`, "" where there is none, and where the spaces after it end."""
    match = _WORD.match(text, start)
    word = match[0] if match else ""
    spaces = _SPACES.match(text, start + len(word))
    return word, spaces.end() if spaces else start
