"""Whether PyTorch and the exported files rank commands alike: the same beams in the same order.

Both are searched by the runtime's own beam search under the automaton, so EM@1 and EM@5 of a file are those of the
model, from one search. In PyTorch nothing is cached: every step reads the whole prefix again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.model.base import Model
from scenic_iot.model.decoder import Decoder
from scenic_iot.model.encoder import Encoder
from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.runtime.bundle import Bundle
from scenic_iot.runtime.decode import Floats, Grammar, Hypothesis, Indices, State, Step, beam_search
from scenic_iot.runtime.grid import GridReader, GridReading
from scenic_iot.runtime.session import Session

TIE = 1e-3
"""Nats."""


def same_order(
    model: Model, bundle: Bundle, grammar: Grammar[State], start: State, sentences: Sequence[Sequence[int]]
) -> float:
    """Share of sentences, given as token ids, for which both rank the same rows of symbols in the same order.

    The bundle is the model's own, in float32, and the model is on the processor. Hypotheses within `TIE` of each other
    may be told apart differently.
    """
    session = Session(bundle)
    equal = 0
    for sentence in sentences:
        steps = session.read(sentence), read(model, sentence)
        found, expected = (
            beam_search(step, grammar, start, begin=BOS, end=EOS, beams=5, longest=bundle.max_target) for step in steps
        )
        equal += _alike(found, expected)
    return equal / len(sentences)


@torch.no_grad()
def read(model: Model, sentence: Sequence[int]) -> Step:
    """A sentence of token ids, read by the training module; what comes back decodes it."""
    source = torch.tensor([list(sentence)])
    if isinstance(model, Encoder):
        memory, bias = model.encode(source)
        grid = model.config.grid
        cells = model.fill(memory, bias, torch.arange(grid.slots * grid.places)).log_softmax(-1)
        return GridReading(GridReader(grid), np.asarray(cells[0].numpy(), dtype=np.float32))
    assert isinstance(model, Decoder | EncoderDecoder)
    return _Prefixes(model, source)


class _Prefixes:
    """Scores of the next symbols, each hypothesis read from its beginning."""

    def __init__(self, model: Decoder | EncoderDecoder, source: Tensor) -> None:
        self._model, self._source = model, source
        self._rows = torch.zeros(1, 0, dtype=torch.long)

    @torch.no_grad()
    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        if parents is not None:
            self._rows = self._rows[torch.from_numpy(parents)]
        self._rows = torch.cat([self._rows, torch.from_numpy(tokens)[:, None]], dim=1)
        # A row to write, of which only what comes before its last symbol is read.
        target = torch.cat([self._rows[:, 1:], torch.full((len(self._rows), 1), EOS)], dim=1)
        logits = self._model(self._source.expand(len(self._rows), -1), target).logits[:, -1]
        return np.asarray(logits.numpy(), dtype=np.float32)


def _alike(found: Sequence[Hypothesis], expected: Sequence[Hypothesis]) -> bool:
    """Whether two rankings are the same but for ties."""
    if len(found) != len(expected):
        return False
    for one, other in zip(found, expected, strict=True):
        if one.symbols != other.symbols and abs(one.score - other.score) > TIE:
            return False
    return True
