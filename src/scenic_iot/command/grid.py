"""Commands as a grid: a row of symbols laid out in fixed places, so that a model can fill all of them at once.

    slot k, the k-th action:   device | area, areas left out | attribute | value, place by place | schedule, likewise

Each cell holds a symbol or `NONE`. The groups between the bars are *runs*: filled from their first cell on, and what
follows the first absent cell of a run is not asked for, nor what follows the first absent action or a rejection, which
stands where a device would. So every row has one grid, and every grid, read cell by cell, is one row.

The runs are as long as the longest of the catalogue's values and of the language's schedules; a row that does not fit
(more actions, or an open word that is a long number) has no grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scenic_iot.command.grammar import MAX_ACTIONS, MAX_EXCLUDED
from scenic_iot.command.numbers import NumberRule
from scenic_iot.command.schedule import MAX_DIGITS, UNITS
from scenic_iot.command.symbols import Symbols
from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.command.values import allowed_ops, number_rule
from scenic_iot.home.catalogue import Catalogue

NONE = BOS  # no row holds it, so it is free to say that there is nothing
DEVICE, AREA = 0, 1
_SPECIAL = {"<pad>": "p", "<bos>": "b", "<eos>": "e", ";": ";", "in": "t", "at": "t"}
_SCHEDULE = 1 + len(UNITS) * (MAX_DIGITS + 1)  # "in", then each unit with its digits; "at ..." is shorter


@dataclass(frozen=True, slots=True)
class Grid:
    """The layout for one catalogue. Places of a slot are numbered from 0; `-1` is the place before the device."""

    kinds: str
    """The kind of each symbol, a letter of `pbe;` (padding, begin, end, between actions), `r` rejection, `d` device,
    `@` area, `-` area left out, `c` attribute with a value to come, `?` attribute asked, `t` begins a schedule, `v`."""
    values: int = 1
    """Places of a value."""
    schedule: int = _SCHEDULE
    """Places of a schedule."""
    excluded: int = MAX_EXCLUDED
    """Areas that can be left out."""
    slots: int = MAX_ACTIONS

    @classmethod
    def of(cls, symbols: Symbols, catalogue: Catalogue) -> Grid:
        """The layout in which everything fits that the automaton of the catalogue accepts."""
        rules = [
            rule
            for device in catalogue.devices.values()
            for spec in device.attributes.values()
            for op in allowed_ops(spec)
            if op != "query" and (rule := number_rule(spec, op))
        ]
        devices = frozenset(catalogue.devices)
        kinds = "".join(_kind(token, devices) for token in symbols.tokens)
        return cls(kinds, max(map(_longest, rules), default=1))

    @property
    def attribute(self) -> int:
        """The place of the attribute."""
        return AREA + 1 + self.excluded

    @property
    def value(self) -> int:
        """The first place of the value."""
        return self.attribute + 1

    @property
    def time(self) -> int:
        """The first place of the schedule."""
        return self.value + self.values

    @property
    def places(self) -> int:
        """Places of a slot."""
        return self.time + self.schedule

    @property
    def runs(self) -> tuple[int, ...]:
        """The first place of each run."""
        return (DEVICE, AREA, self.attribute, self.value, self.time)

    @property
    def limits(self) -> str:
        """How much the grid holds, in words."""
        return (
            f"{self.slots} actions, {self.excluded} areas left out, {self.values} symbols a value "
            f"and {self.schedule} a schedule"
        )

    @property
    def begins(self) -> Mapping[str, int]:
        """The place that a kind of symbol begins a run at, besides the device's."""
        return {"@": AREA, "c": self.attribute, "?": self.attribute, "t": self.time}

    def reached(self, length: int) -> list[int]:
        """The cells, counted slot by slot, that any row of `length` symbols can fill or ask for; ascending.

        An action takes three symbols at least, its end counted, and a run leaves three at least for others.
        """
        bounds = self.runs
        places = [place for place in range(self.places) if place - max(b for b in bounds if b <= place) <= length - 3]
        slots = min(self.slots, length // 3 + 1)
        return [slot * self.places + place for slot in range(slots) for place in sorted({*places, *bounds})]

    def follows(self, place: int, symbol: int) -> int:
        """The place of `symbol` after one at `place`; `places` for what ends a slot, -1 where it has no place."""
        kind = self.kinds[symbol]
        if place < 0:
            return DEVICE
        if kind in "e;":
            return self.places
        if place < self.attribute:
            if kind in "c?":
                return self.attribute
            if place == DEVICE:
                return AREA if kind == "@" else -1
            return place + 1 if kind == "-" and place + 1 < self.attribute else -1
        if kind == "t" and self.attribute < place < self.time:
            return self.time
        return place + 1 if place + 1 not in (self.time, self.places) else -1

    def asked(self, place: int) -> list[int]:
        """The cells that are absent when nothing follows `place` in its slot."""
        following = [place + 1] if place >= 0 and place + 1 < self.places and place + 1 not in self.runs else []
        return following + [first for first in self.runs if first > place]

    def read(self, cells: Sequence[Sequence[int]]) -> list[int]:
        """The row of a grid (slots, places), its end included; read without judging whether it is a command."""
        row: list[int] = []
        for slot in cells:
            if slot[DEVICE] == NONE:
                break
            row += [self.kinds.index(";")] if row else []
            row += self._slot(slot)
            if self.kinds[slot[DEVICE]] == "r":
                break
        return [*row, EOS]

    def _slot(self, slot: Sequence[int]) -> Iterator[int]:
        if self.kinds[slot[DEVICE]] == "r":
            yield slot[DEVICE]
            return
        for first, after in zip(self.runs, (*self.runs[1:], self.places), strict=True):
            for place in range(first, after):
                if slot[place] == NONE:
                    break
                yield slot[place]


def _kind(token: str, devices: frozenset[str]) -> str:
    if token in _SPECIAL:
        return _SPECIAL[token]
    if token.startswith("reject "):
        return "r"
    if token in devices or token.startswith("#"):
        return "d"
    if token[0] in "@-":
        return token[0]
    if token.endswith("="):
        return "c"
    return "?" if token.endswith("?") else "v"


def _longest(rule: NumberRule) -> int:
    """The most symbols of a number: sign, digits, point and decimal, unit."""
    digits = len(str(max(abs(rule.low), abs(rule.high)) // 10))
    return (rule.low < 0) + digits + (2 if rule.decimals else 0) + bool(rule.suffix)
