"""The cells of an encoder-only model as steps of the beam search, so that it writes under the same automaton.

The model has given the log-probability of every symbol in every cell. A row of symbols has that of its symbols in their
cells times that of nothing in each cell that it leaves out (see `scenic_iot.command.grid`), so every step is a look-up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.grid import DEVICE, NONE, Grid
from scenic_iot.text.clausegrid import ClauseGrid, Layout

from .decode import Floats, Indices

_NEVER = -1e9  # for what has no cell


def read_layout(fields: Mapping[str, Any]) -> Layout:
    """The layout of a model's configuration."""
    return ClauseGrid(**fields) if "places" in fields else Grid(**fields)


class GridReader:
    """What follows from the layout alone; made once."""

    def __init__(self, grid: Layout) -> None:
        self.grid = grid
        symbols, places = range(len(grid.kinds)), range(-1, grid.places)
        self.follows = np.array([[grid.follows(place, symbol) for symbol in symbols] for place in places])
        """Row p + 1 for place p; see `Grid.follows`."""
        # Where each next symbol's number lies in a slot of `places` cells, one of zeros and one of `_NEVER`.
        self.where = np.where(self.follows < 0, grid.places + 1, self.follows) * len(symbols) + np.arange(len(symbols))
        self.absent = np.zeros((grid.places + 1, grid.places + 1, grid.places), dtype=np.float32)
        """[p + 1, q, c]: cell c is absent when q follows p; q is `places` at the end of the slot."""
        for place in places:
            for cell in grid.asked(place):
                self.absent[place + 1, cell + 1 :, cell] = 1
        self.end, self.between = grid.kinds.index("e"), grid.kinds.index(";")


class GridReading:
    """A sentence that was read: given the hypotheses' last symbols, scores of the next (see `decode.Step`)."""

    def __init__(self, reader: GridReader, cells: Floats) -> None:
        """`cells` are log-probabilities (slots * places, symbols)."""
        self._reader, grid = reader, reader.grid
        self._none = cells[:, NONE].reshape(grid.slots, grid.places)
        extra = np.zeros((grid.slots, 2, cells.shape[1]), dtype=np.float32)
        extra[:, 1] = _NEVER
        shaped = cells.reshape(grid.slots, grid.places, -1)
        self._cells = np.concatenate([shaped, extra], axis=1).reshape(grid.slots, -1)
        self._places: list[tuple[int, int]] = []  # slot and place of each hypothesis's last symbol
        self._known: dict[tuple[int, int], NDArray[np.float32]] = {}

    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        if parents is None:
            self._places = [(0, -1)]
        else:
            old = [self._places[parent] for parent in parents.tolist()]
            self._places = [self._after(at, token) for at, token in zip(old, tokens.tolist(), strict=True)]
        return np.stack([self._scores(*at) for at in self._places])

    def _after(self, at: tuple[int, int], token: int) -> tuple[int, int]:
        slot, place = at
        following = int(self._reader.follows[place + 1, token])
        return (slot + 1, -1) if following == self._reader.grid.places else (slot, following)

    def _scores(self, slot: int, place: int) -> NDArray[np.float32]:
        """Of every symbol after one at a place, (symbols,)."""
        known = self._known.get((slot, place))
        if known is not None:
            return known
        reader = self._reader
        left_out = reader.absent[place + 1] @ self._none[slot]  # (places + 1,), by what follows
        scores: NDArray[np.float32] = self._cells[slot][reader.where[place + 1]] + left_out[reader.follows[place + 1]]
        if slot + 1 < reader.grid.slots:
            none = min(float(self._none[slot + 1, DEVICE]), -1e-7)
            scores[reader.end] += none
            scores[reader.between] += math.log(-math.expm1(none))
        else:
            scores[reader.between] = _NEVER
        self._known[slot, place] = scores
        return scores
