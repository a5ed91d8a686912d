"""Beam search under the automaton: whatever the model thinks, only commands come out.

The search knows nothing of onnxruntime: it is given a `Step`, and the automaton's states. Scores are log-probabilities
over what the automaton allows at each place, so that the probabilities of all commands add up to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

State = TypeVar("State")
Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
NEGLIGIBLE = 7.0
"""Hypotheses this much less likely than the best, in nats, are dropped: below 0.1% nothing right was ever found."""


class Grammar(Protocol[State]):
    """What the search needs of the automaton."""

    def mask(self, state: State) -> NDArray[np.bool_]: ...

    def step(self, state: State, token: int) -> State: ...


class Step(Protocol):
    """One step of the decoder over all live hypotheses."""

    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        """Logits (beams, symbols) after `tokens` (beams,); `parents` (beams,) are the rows of the step before that the
        hypotheses continue, None at the first step."""
        ...


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A finished row of symbols, the end symbol included, and the log of its probability."""

    symbols: tuple[int, ...]
    score: float


class Search(Generic[State]):
    """A beam search under way. As long as it is `live`, give `advance` the logits of what follows each of its rows."""

    def __init__(
        self, grammar: Grammar[State], start: State, *, begin: int, end: int, beams: int = 5, longest: int = 128
    ) -> None:
        """Arguments as in `beam_search`."""
        self._grammar, self._end, self._beams, self._left = grammar, end, beams, longest
        self._rows: list[tuple[float, State, tuple[int, ...]]] = [(0.0, start, ())]
        self.tokens, self.parents = np.array([begin], dtype=np.int64), None
        self.finished: list[Hypothesis] = []
        """What is finished so far, the most probable first."""

    tokens: Indices
    """The last symbol of each live row."""
    parents: Indices | None
    """The rows of the step before that these continue; None at the first step."""

    @property
    def live(self) -> bool:
        """Whether there is anything left to write."""
        return bool(self._rows) and self._left > 0

    def written(self) -> list[tuple[int, ...]]:
        """The symbols of each live row, without the beginning; all are equally many."""
        return [row for _, _, row in self._rows]

    def advance(self, logits: Floats) -> None:
        """One symbol more; logits (live rows, symbols)."""
        scores = _log_softmax(logits, np.stack([self._grammar.mask(state) for _, state, _ in self._rows]))
        scores += np.array([score for score, _, _ in self._rows], dtype=np.float64)[:, None]
        following: list[tuple[float, State, tuple[int, ...]]] = []
        parents: list[int] = []
        for parent, token, score in _best(scores, self._beams + 1):
            if len(following) == self._beams:
                break
            _, state, row = self._rows[parent]
            if token == self._end:
                self.finished.append(Hypothesis((*row, token), score))
            else:
                following.append((score, self._grammar.step(state, token), (*row, token)))
                parents.append(parent)
        self.finished.sort(key=lambda hypothesis: -hypothesis.score)
        del self.finished[self._beams :]
        best = max([h.score for h in self.finished[:1]] + [entry[0] for entry in following[:1]])
        worst = self.finished[-1].score if len(self.finished) == self._beams else -np.inf
        keep = [i for i, entry in enumerate(following) if entry[0] > worst and entry[0] > best - NEGLIGIBLE]
        self._rows = [following[i] for i in keep]
        self.tokens = np.array([row[-1] for row in self.written()], dtype=np.int64)
        self.parents = np.array([parents[i] for i in keep], dtype=np.int64)
        self._left -= 1


def beam_search(
    step: Step, grammar: Grammar[State], start: State, *, begin: int, end: int, beams: int = 5, longest: int = 128
) -> list[Hypothesis]:
    """Up to `beams` finished rows, the most probable first; greedy for beams=1.

    `begin` is fed first and is in no row; a row ends with `end`. Rows that would grow past `longest` are dropped; there
    is always at least one result, as the automaton allows an end within that length on the way it prefers least.
    """
    search = Search(grammar, start, begin=begin, end=end, beams=beams, longest=longest)
    while search.live:
        search.advance(step(search.tokens, search.parents))
    return search.finished


def _best(scores: NDArray[np.float64], count: int) -> list[tuple[int, int, float]]:
    """The (row, token, score) of the `count` highest finite scores, best first."""
    flat = scores.ravel()
    possible = np.flatnonzero(flat > -np.inf)  # few of many: numpy is slow at telling equal numbers apart
    if len(possible) > count:
        possible = possible[np.argpartition(flat[possible], -count)[-count:]]
    top = possible[np.argsort(-flat[possible], kind="stable")]
    width = scores.shape[1]
    return [(i // width, i % width, score) for i, score in zip(top.tolist(), flat[top].tolist(), strict=True)]


def _log_softmax(logits: Floats, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    masked = np.where(mask, logits.astype(np.float64), -np.inf)
    masked -= masked.max(axis=1, keepdims=True)
    result: NDArray[np.float64] = masked - np.log(np.exp(masked).sum(axis=1, keepdims=True))
    return result
