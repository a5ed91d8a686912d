"""More pairs out of pairs: as they are, with spans exchanged, taken apart and joined; all from the pairs alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scenic_iot.text.pieces import Pieces

from .joins import Joins
from .pair import Pair
from .swaps import Swaps

SWAPPED = 0.5
"""Share of pairs in which a span is exchanged; in as large a share of those a second one is, and so on."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What is made; the rest are the pairs as they are."""

    swapped: float = 0.35
    joined: float = 0.3


class Augmenter:
    """Learns from pairs what can be exchanged and how they are joined, and makes more."""

    def __init__(self, pairs: Sequence[Pair], pieces: Pieces, shares: Shares) -> None:
        self.pairs, self.shares = pairs, shares
        self.swaps = Swaps.of(pairs, pieces)
        self.joins = Joins.of(pairs, pieces)
        # Parts count as often as they occur: what is joined with others is said in its own way.
        parts = [part for pair in pairs for part in self.joins.parts(pair)]
        self.single = [*(pair for pair in pairs if len(pieces.clauses(pair.response)) == 1), *parts]
        self.all = [*pairs, *parts]

    def make(self, count: int, seed: int) -> Iterator[Pair]:
        """`count` pairs, the same for the same seed. The first are the pairs themselves, each once."""
        rng = random.Random(seed)
        yield from self.pairs[:count]
        for _ in range(count - len(self.pairs)):
            luck = rng.random()
            if luck < self.shares.swapped:
                yield self._swapped(rng.choice(self.all), rng)
            elif luck < self.shares.swapped + self.shares.joined and self.joins:
                yield self._joined(rng)
            else:
                yield rng.choice(self.pairs)

    def _swapped(self, pair: Pair, rng: random.Random) -> Pair:
        pair = self.swaps.exchange(pair, rng)
        while rng.random() < SWAPPED:
            pair = self.swaps.exchange(pair, rng)
        return pair

    def _joined(self, rng: random.Random) -> Pair:
        chosen = rng.sample(self.single, min(self.joins.count(rng), len(self.single)))
        return self.joins.join([self._swapped(p, rng) if rng.random() < SWAPPED else p for p in chosen], rng)
