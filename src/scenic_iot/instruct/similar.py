"""How alike texts are: the Jaccard likeness of their sets of character 3-grams, for one pair of texts or for many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIZE = 3
Numbers = NDArray[np.int64]


def grams(text: str) -> frozenset[str]:
    """The character 3-grams of a text; a shorter text is one gram by itself, an empty one has none."""
    if len(text) <= SIZE:
        return frozenset((text,)) if text else frozenset()
    return frozenset(text[at : at + SIZE] for at in range(len(text) - SIZE + 1))


def likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """What two sets share, of what they hold together: from 0 to 1."""
    both = len(left & right)
    return both / (len(left) + len(right) - both) if both else 0.0


class Shingles:
    """The grams of many texts as numbers: text i has `ids[starts[i]:starts[i + 1]]`."""

    def __init__(self, texts: Sequence[str]) -> None:
        known: dict[str, int] = {}
        flat: list[int] = []
        ends = [0]
        for text in texts:
            # sorted: the order of a set of texts differs from run to run
            flat += [known.setdefault(gram, len(known)) for gram in sorted(grams(text))]
            ends.append(len(flat))
        self.vocabulary = len(known)
        self.ids: Numbers = np.array(flat, dtype=np.int64)
        self.starts: Numbers = np.array(ends, dtype=np.int64)
        self.sizes: Numbers = np.diff(self.starts)

    def __len__(self) -> int:
        return len(self.sizes)

    def of(self, row: int) -> Numbers:
        """The grams of one text."""
        return self.ids[self.starts[row] : self.starts[row + 1]]

    def likeness(self, row: int, others: Numbers) -> NDArray[np.float64]:
        """The likeness of one text to each of some others."""
        mark = np.zeros(self.vocabulary + 1, dtype=np.int64)
        mark[self.of(row)] = 1
        sizes = self.sizes[others]
        ends = np.cumsum(sizes)
        places = spread(self.starts[others], sizes)
        total = np.concatenate([[0], np.cumsum(mark[self.ids[places]])])
        both = total[ends] - total[ends - sizes]
        return np.asarray(both / np.maximum(self.sizes[row] + sizes - both, 1), dtype=np.float64)


class Postings:
    """Shingles the other way round: which texts hold a gram. Finds the likeness of one text to all."""

    def __init__(self, shingles: Shingles) -> None:
        self._shingles = shingles
        owners = np.repeat(np.arange(len(shingles)), shingles.sizes)
        order = np.argsort(shingles.ids, kind="stable")
        self._owners = owners[order]
        self._counts = np.bincount(shingles.ids, minlength=shingles.vocabulary)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)])

    def likeness(self, row: int) -> NDArray[np.float64]:
        """The likeness of one text to every text, itself among them."""
        sizes, mine = self._shingles.sizes, self._shingles.of(row)
        holders = self._owners[spread(self._starts[mine], self._counts[mine])]
        both = np.bincount(holders, minlength=len(sizes))
        return np.asarray(both / np.maximum(sizes[row] + sizes - both, 1), dtype=np.float64)


def spread(starts: Numbers, sizes: Numbers) -> Numbers:
    """All places of some runs of numbers, one run after the other: (5, 9), (2, 3) gives 5, 6, 9, 10, 11."""
    if not len(sizes):
        return np.zeros(0, dtype=np.int64)
    ends = np.cumsum(sizes)
    return np.arange(ends[-1]) + np.repeat(starts - ends + sizes, sizes)
