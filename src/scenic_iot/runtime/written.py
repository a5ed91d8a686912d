"""What a model that writes text may write, as automatons of the beam search: known responses only, or anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from scenic_iot.text.pieces import BOS, PAD, Pieces

from .decode import Grammar


class Known:
    """A trie of rows of symbols: nothing but these can be written. A state is a node, 0 the one before all symbols."""

    def __init__(self, rows: Iterable[Sequence[int]], symbols: int) -> None:
        """Rows with their end; `symbols` is how many symbols there are."""
        self._after: list[dict[int, int]] = [{}]
        for row in rows:
            node = 0
            for symbol in row:
                node = self._after[node].setdefault(symbol, len(self._after))
                if node == len(self._after):
                    self._after.append({})
        self._symbols = symbols

    def mask(self, state: int) -> NDArray[np.bool_]:
        """True, of every symbol, for those that may follow."""
        mask = np.zeros(self._symbols, dtype=np.bool_)
        mask[list(self._after[state])] = True
        return mask

    def step(self, state: int, token: int) -> int:
        """The node after a symbol that is allowed."""
        return self._after[state][token]


class Free:
    """Any row of symbols. There is one state, 0."""

    def __init__(self, symbols: int) -> None:
        self._mask = np.ones(symbols, dtype=np.bool_)
        self._mask[[PAD, BOS]] = False

    def mask(self, state: int) -> NDArray[np.bool_]:
        """True, of every symbol, for those that may follow."""
        return self._mask

    def step(self, state: int, token: int) -> int:
        """The state after a symbol."""
        return state


def automaton(pieces: Pieces) -> Grammar[int]:
    """The automaton of some pieces: their known responses, or anything where they know none. It starts in state 0."""
    if pieces.known:
        return Known(map(pieces.encode, pieces.known), len(pieces))
    return Free(len(pieces))
