"""Beam search over a toy grammar, with made-up logits."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from scenic_iot.runtime.decode import Floats, Indices, beam_search

END, A, B, C = 0, 1, 2, 3


class Words:
    """Rows of A, B, C of at most three, never C first; the state is what was written."""

    def mask(self, state: tuple[int, ...]) -> NDArray[np.bool_]:
        if not state:
            return np.array([False, True, True, False])
        return np.array([True, len(state) < 3, len(state) < 3, len(state) < 3])

    def step(self, state: tuple[int, ...], token: int) -> tuple[int, ...]:
        assert self.mask(state)[token]
        return (*state, token)


class Model:
    """Logits that depend on all that was written; rows follow their parents, as a cache does."""

    def __init__(self, seed: int) -> None:
        self.seed, self.rows = seed, list[tuple[int, ...]]()
        self.calls = 0

    def logits(self, row: tuple[int, ...]) -> Floats:
        return np.random.default_rng([self.seed, *row]).normal(size=4, scale=2).astype(np.float32)

    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        self.calls += 1
        old = [()] if parents is None else [self.rows[i] for i in parents]
        self.rows = [() if parents is None else (*row, int(t)) for row, t in zip(old, tokens, strict=True)]
        return np.stack([self.logits(row) for row in self.rows])


def exhaustive(model: Model) -> list[tuple[tuple[int, ...], float]]:
    """All rows with their log-probabilities, best first."""
    grammar, found = Words(), list[tuple[tuple[int, ...], float]]()
    for length in range(1, 4):
        for row in itertools.product((A, B, C), repeat=length):
            score, state = 0.0, tuple[int, ...]()
            for token in (*row, END):
                mask = grammar.mask(state)
                if not mask[token]:
                    break
                logits = np.where(mask, model.logits(state).astype(float), -np.inf)
                score += logits[token] - np.log(np.exp(logits).sum())
                state = (*state, token)
            else:
                found.append(((*row, END), float(score)))
    return sorted(found, key=lambda entry: -entry[1])


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_finds_the_best(seed: int) -> None:
    found = beam_search(Model(seed), Words(), (), begin=9, end=END, beams=40)
    wanted = exhaustive(Model(seed))
    assert [h.symbols for h in found[:5]] == [row for row, _ in wanted[:5]]
    assert found[0].score == pytest.approx(wanted[0][1], abs=1e-5)
    assert sum(np.exp(score) for _, score in wanted) == pytest.approx(1.0)


@pytest.mark.parametrize("beams", [1, 2, 5])
def test_results_are_ranked_finished_and_different(beams: int) -> None:
    found = beam_search(Model(3), Words(), (), begin=9, end=END, beams=beams)
    assert 1 <= len(found) <= beams
    assert all(h.symbols[-1] == END for h in found)
    assert len({h.symbols for h in found}) == len(found)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_it_stops_when_nothing_better_can_come() -> None:
    class Sure(Model):
        def logits(self, row: tuple[int, ...]) -> Floats:
            return np.array([30.0, 0, 0, 0] if row else [0, 30.0, 0, 0], dtype=np.float32)

    model = Sure(0)
    (best, *_) = beam_search(model, Words(), (), begin=9, end=END, beams=5)
    assert best.symbols == (A, END)
    assert model.calls == 2
