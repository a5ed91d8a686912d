"""Beam search under the automaton: whatever the model thinks, only commands come out.

The search knows nothing of onnxruntime: it is given a `Step`, and the automaton's states. Scores are log-probabilities
over what the automaton allows at each place, so that the probabilities of all commands add up to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

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


def beam_search(
    step: Step, grammar: Grammar[State], start: State, *, begin: int, end: int, beams: int = 5, longest: int = 128
) -> list[Hypothesis]:
    """Up to `beams` finished rows, the most probable first; greedy for beams=1.

    `begin` is fed first and is in no row; a row ends with `end`. Rows that would grow past `longest` are dropped; there
    is always at least one result, as the automaton allows an end within that length on the way it prefers least.
    """
    live: list[tuple[float, State, tuple[int, ...]]] = [(0.0, start, ())]
    finished: list[Hypothesis] = []
    tokens, parents = np.array([begin], dtype=np.int64), None
    for _ in range(longest):
        logits = step(tokens, parents)
        scores = _log_softmax(logits, np.stack([grammar.mask(state) for _, state, _ in live]))
        scores += np.array([score for score, _, _ in live], dtype=np.float64)[:, None]
        order = _best(scores, beams + 1)
        following: list[tuple[float, State, tuple[int, ...]]] = []
        rows: list[int] = []
        for row, token, score in order:
            if len(following) == beams:
                break
            written = (*live[row][2], token)
            if token == end:
                finished.append(Hypothesis(written, score))
            else:
                following.append((score, grammar.step(live[row][1], token), written))
                rows.append(row)
        finished.sort(key=lambda hypothesis: -hypothesis.score)
        del finished[beams:]
        best = max([h.score for h in finished[:1]] + [entry[0] for entry in following[:1]])
        worst = finished[-1].score if len(finished) == beams else -np.inf
        keep = [i for i, entry in enumerate(following) if entry[0] > worst and entry[0] > best - NEGLIGIBLE]
        if not keep:
            break
        live = [following[i] for i in keep]
        tokens = np.array([entry[2][-1] for entry in live], dtype=np.int64)
        parents = np.array([rows[i] for i in keep], dtype=np.int64)
    return finished


def _best(scores: NDArray[np.float64], count: int) -> list[tuple[int, int, float]]:
    """The (row, token, score) of the `count` highest finite scores, best first."""
    flat = scores.ravel()
    count = min(count, flat.size)
    top = np.argpartition(flat, -count)[-count:]
    top = top[np.argsort(-flat[top], kind="stable")]
    width = scores.shape[1]
    return [(int(i) // width, int(i) % width, float(flat[i])) for i in top if flat[i] > -np.inf]


def _log_softmax(logits: Floats, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    masked = np.where(mask, logits.astype(np.float64), -np.inf)
    masked -= masked.max(axis=1, keepdims=True)
    result: NDArray[np.float64] = masked - np.log(np.exp(masked).sum(axis=1, keepdims=True))
    return result
