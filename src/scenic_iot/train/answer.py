"""What a trained model answers to many prompts at once, by the beam search of the runtime, before any export.

Nothing is cached from step to step: rows are short and the model runs over all of them together, so one call a step is
cheap. The search itself is `scenic_iot.runtime.decode`; the same hypotheses come out of an exported bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor

from scenic_iot.model.base import Model
from scenic_iot.model.decoder import Decoder
from scenic_iot.model.encoder import Encoder
from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.runtime.decode import Floats, Hypothesis, Search, beam_search
from scenic_iot.runtime.grid import GridReader, GridReading
from scenic_iot.runtime.written import automaton
from scenic_iot.text.normalise import normalise
from scenic_iot.text.pieces import BOS, EOS, Pieces
from scenic_iot.text.tokenizer import Tokenizer

_BATCH = 256  # prompts at a time

Continue = Callable[[Tensor, Tensor], Tensor]
"""Rows of symbols (N, T), the begin symbol first, and the prompts (N,) that they answer -> the last states' logits
(N, symbols)."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """A trained model of any family, ready to be asked. It computes in float32, as exported files do, however it was
    trained."""

    model: Model
    tokenizer: Tokenizer
    pieces: Pieces
    device: torch.device
    beams: int = 5

    @torch.no_grad()
    def __call__(self, prompts: Sequence[str]) -> list[list[str]]:
        """For each prompt up to `beams` responses, the best first, none twice."""
        model = self.model.to(self.device).eval()
        answers: list[list[str]] = []
        for first in range(0, len(prompts), _BATCH):
            source = self._source(prompts[first : first + _BATCH])
            if isinstance(model, Encoder):
                found = self._filled(model, source)
            else:
                found = self._written(_continue(model, source), len(source))
            answers += [self._texts(hypotheses) for hypotheses in found]
        return answers

    def _source(self, prompts: Sequence[str]) -> Tensor:
        """Token ids (B, S), padded."""
        longest = self.model.config.max_source
        rows = [torch.tensor(self.tokenizer.encode(normalise(prompt))[:longest]) for prompt in prompts]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True).to(self.device)

    def _filled(self, model: Encoder, source: Tensor) -> list[list[Hypothesis]]:
        grid = model.config.grid
        cells = torch.arange(grid.slots * grid.places, device=source.device)
        logits = model.fill(*model.encode(source), cells).float().log_softmax(dim=-1).cpu().numpy()
        reader, grammar = GridReader(grid), automaton(self.pieces)
        longest = grid.slots * (grid.places + 1)
        begun = (GridReading(reader, row) for row in logits)
        return [
            beam_search(reading, grammar, 0, begin=BOS, end=EOS, beams=self.beams, longest=longest) for reading in begun
        ]

    def _written(self, follow: Continue, prompts: int) -> list[list[Hypothesis]]:
        grammar, longest = automaton(self.pieces), self.model.config.max_target
        searches = [Search(grammar, 0, begin=BOS, end=EOS, beams=self.beams, longest=longest) for _ in range(prompts)]
        while live := [(index, search) for index, search in enumerate(searches) if search.live]:
            rows = np.array([(BOS, *row) for _, search in live for row in search.written()], dtype=np.int64)
            owners = np.repeat([index for index, _ in live], [len(search.tokens) for _, search in live])
            logits = follow(torch.from_numpy(rows).to(self.device), torch.from_numpy(owners).to(self.device))
            parts = np.split(_floats(logits), np.cumsum([len(search.tokens) for _, search in live])[:-1])
            for (_, search), part in zip(live, parts, strict=True):
                search.advance(part)
        return [search.finished for search in searches]

    def _texts(self, hypotheses: Sequence[Hypothesis]) -> list[str]:
        return list(dict.fromkeys(self.pieces.decode(hypothesis.symbols) for hypothesis in hypotheses))


def _continue(model: Model, source: Tensor) -> Continue:
    """How a family goes on writing, given prompts (B, S)."""
    if isinstance(model, EncoderDecoder):
        reader, (memory, bias) = model, model.encode(source)
        return lambda rows, owners: reader.decode(rows, memory[owners], bias[owners])[:, -1]
    writer = cast(Decoder, model)
    return lambda rows, owners: writer.write(writer.states(source[owners], rows)[:, -1])


def _floats(logits: Tensor) -> Floats:
    result: Floats = logits.float().cpu().numpy()
    return result
