"""Reading one action back from its tokens. Only its form is checked: see `Symbols.decode`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from scenic_iot.command.actions import SIGNS, Action, Op
from scenic_iot.command.errors import CommandError
from scenic_iot.command.numbers import NUMBER
from scenic_iot.command.schedule import DAYS, RECURRENCES, Schedule
from scenic_iot.command.tokens import MINUS, NUMERALS

_OPS: dict[str, Op] = {sign: op for op, sign in SIGNS.items()}
_CLAUSE = re.compile(r"([a-z0-9_]+)(\+=|-=|=|\?)")
_NUMERALS = frozenset(NUMERALS.values())
_SCHEDULE_WORDS = frozenset(("in", "at", "every", *DAYS, *RECURRENCES))


def read_action(
    tokens: Sequence[str], at: int, devices: Collection[str], names: Sequence[str], areas: Sequence[str]
) -> Action:
    """The action that tokens write, the first of which stands at `at` in its row. Raises CommandError."""
    return _Row(tokens, at, names, areas).action(devices)


class _Row:
    """Takes tokens from left to right; `at` is the place of the next."""

    def __init__(self, tokens: Sequence[str], at: int, names: Sequence[str], areas: Sequence[str]) -> None:
        self.tokens, self.at, self.names, self.areas = list(tokens[::-1]), at, names, areas

    def action(self, devices: Collection[str]) -> Action:
        device = self.take("a device")
        if device.startswith("#"):
            device = self.named(device, self.names)
        elif device not in devices:
            raise CommandError(f"{device!r} is no device", self.at - 1, ("a device",))
        area = self.place("@")
        excluded: dict[str, None] = {}
        while area is not None and (other := self.place("-")):
            excluded.update({} if other == area else {other: None})
        clause = _CLAUSE.fullmatch(self.take("an attribute"))
        if not clause:
            raise CommandError("no attribute", self.at - 1, ("an attribute",))
        value = self.value() if clause[2] != "?" else None
        return Action(device, clause[1], _OPS[clause[2]], value, area, tuple(excluded), self.schedule())

    def take(self, what: str) -> str:
        if not self.tokens:
            raise CommandError("the end", self.at, (what,))
        self.at += 1
        return self.tokens.pop()

    def named(self, placeholder: str, ids: Sequence[str]) -> str:
        index = int(placeholder.removeprefix("#")) - 1
        if index >= len(ids):
            raise CommandError(f"nothing is named {placeholder}", self.at - 1)
        return ids[index]

    def place(self, mark: str) -> str | None:
        if not self.tokens or not self.tokens[-1].startswith(mark):
            return None
        area = self.take("an area").removeprefix(mark)
        return self.named(area, self.areas) if area.startswith("#") else area

    def value(self) -> str:
        first = self.take("a value")
        if first not in _NUMERALS:
            return first
        written = [first]
        while self.tokens and self.tokens[-1] in _NUMERALS:
            written.append(self.take("a digit"))
        text = "".join(written).replace(MINUS, "-")
        if not NUMBER.fullmatch(text.removesuffix("%")):
            raise CommandError(f"{text!r} is no number", self.at - 1, ("a number",))
        return text

    def schedule(self) -> str | None:
        if not self.tokens:
            return None
        text = "".join(f" {t} " if t in _SCHEDULE_WORDS else t.removeprefix(":") for t in self.tokens[::-1])
        try:
            return str(Schedule.parse(" ".join(text.split())))
        except CommandError as error:
            raise CommandError(error.message, self.at, error.expected) from error
