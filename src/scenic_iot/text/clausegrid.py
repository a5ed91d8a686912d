"""Responses as a grid: clause k in slot k, its symbols place by place, so that a model can fill all of them at once.

The simplest of layouts (`Layout`); commands have one with more structure (`scenic_iot.command.grid`). Places are filled
from the first on, slots likewise; what follows the first absent cell is not asked for. A row that does not fit (more
clauses, or a longer one) has no grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from .pieces import BETWEEN, EOS, Pieces


class Layout(Protocol):
    """What models and the runtime need to know of a grid."""

    @property
    def kinds(self) -> str:
        """The kind of each symbol, a letter: `pbe;` are padding, begin, end and what stands between slots."""
        ...

    @property
    def slots(self) -> int: ...

    @property
    def places(self) -> int:
        """Places of a slot."""
        ...

    @property
    def limits(self) -> str:
        """How much it holds, in words."""
        ...

    @property
    def runs(self) -> tuple[int, ...]:
        """The first place of each run; a run is filled from its first place on."""
        ...

    @property
    def begins(self) -> Mapping[str, int]:
        """The place that a kind of symbol begins a run at, besides the first of a slot."""
        ...

    @property
    def value(self) -> int:
        """The place of what follows a symbol of the kind `c`, whatever its own kind."""
        ...

    def reached(self, length: int) -> list[int]:
        """The cells, counted slot by slot, that any row of `length` symbols can fill or ask for; ascending."""
        ...

    def follows(self, place: int, symbol: int) -> int:
        """The place of `symbol` after one at `place`, -1 before the first; `places` for what ends a slot, -1 where it
        has no place."""
        ...

    def asked(self, place: int) -> list[int]:
        """The cells that are absent when nothing follows `place` in its slot."""
        ...


@dataclass(frozen=True, slots=True)
class ClauseGrid:
    """The layout of responses: see `Layout`."""

    kinds: str
    slots: int
    places: int

    @classmethod
    def of(cls, pieces: Pieces, rows: Iterable[Sequence[int]], spare: int = 0) -> ClauseGrid:
        """The layout in which all rows fit, with `spare` more places in each slot for what was never seen."""
        sizes = [_sizes(row) for row in rows]
        slots, places = (max((size[of] for size in sizes), default=1) for of in (0, 1))
        return cls("pbe;" + "v" * (len(pieces) - 4), slots, places + spare)

    def fits(self, row: Sequence[int]) -> bool:
        """Whether a row, its end included, has a grid."""
        slots, places = _sizes(row)
        return slots <= self.slots and places <= self.places

    @property
    def limits(self) -> str:
        """How much it holds, in words."""
        return f"{self.slots} clauses of {self.places} symbols"

    @property
    def runs(self) -> tuple[int, ...]:
        """The first place of each run: there is one."""
        return (0,)

    @property
    def begins(self) -> Mapping[str, int]:
        """The place that a kind of symbol begins a run at: none does."""
        return {}

    @property
    def value(self) -> int:
        """The place of a value; there are none."""
        return 0

    def reached(self, length: int) -> list[int]:
        """See `Layout`. A clause takes two symbols at least, its end counted."""
        slots, places = min(self.slots, length // 2 + 1), min(self.places, length)
        return [slot * self.places + place for slot in range(slots) for place in range(places)]

    def follows(self, place: int, symbol: int) -> int:
        """See `Layout`."""
        if place >= 0 and self.kinds[symbol] in "e;":
            return self.places
        return place + 1 if place + 1 < self.places else -1

    def asked(self, place: int) -> list[int]:
        """See `Layout`."""
        return [place + 1] if place + 1 < self.places else []


def _sizes(row: Sequence[int]) -> tuple[int, int]:
    """How many clauses a row has, its end included, and how many symbols the longest."""
    ends = [at for at, symbol in enumerate(row) if symbol in (BETWEEN, EOS)]
    return len(ends), max(end - last - 1 for last, end in zip([-1, *ends], ends, strict=False))
