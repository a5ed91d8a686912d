"""A model as ONNX files: what is read once a sentence and, where a family writes step by step, what is run once a step.

    encoder.onnx   input_ids, attention_mask (B, S) int64            -> cross (B, 2 L H, S, D); pooled (B, W)
    decoder.onnx   symbol_ids (N, T) int64; past (N, 2 L H, P, D);
                   cross (B, 2 L H, S, D); attention_mask (B, S)     -> logits (N, T, V); present (N, 2 L H, P+T, D)

B sentences of S tokens (padding has mask 0), N hypotheses of T new symbols after P old ones (P may be 0), L decoder
layers of H heads (of keys and values) of width D, V symbols. B is N, or 1 for N hypotheses about one sentence. The
first symbol is `<bos>`; `present` is the next step's `past`, its rows reordered as hypotheses survive. In dimension 1,
layer l has its keys at 2 l H .. 2 l H + H - 1 and its values at the next H. For a decoder-only model, `cross` holds the
keys and values of the sentence itself.

The encoder-only model has one file:

    encoder.onnx   input_ids, attention_mask (B, S) int64            -> grid (B, cells, V), log-probabilities; pooled
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx

from scenic_iot.model.base import Model
from scenic_iot.model.decoder import Decoder
from scenic_iot.model.encoder import Encoder
from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.runtime.bundle import LAYOUT

from . import decoder, encoder, encoder_decoder


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of one model."""

    encoder: Path
    decoder: Path | None
    """None for an encoder-only model."""

    def files(self) -> list[Path]:
        """The files that there are."""
        return [path for path in (self.encoder, self.decoder) if path is not None]

    def bytes(self) -> int:
        """Size of all together."""
        return sum(path.stat().st_size for path in self.files())


def export_onnx(model: Model, folder: Path) -> Exported:
    """Write the float32 graphs of a model into an existing folder."""
    graphs = _graphs(model)
    exported = Exported(folder / LAYOUT.encoder, folder / LAYOUT.decoder if len(graphs) > 1 else None)
    for graph, path in zip(graphs, exported.files(), strict=True):
        onnx.save(graph, path)
    return exported


def _graphs(model: Model) -> list[onnx.ModelProto]:
    if isinstance(model, Encoder):
        return [encoder.grid_graph(model)]
    if isinstance(model, Decoder):
        return [decoder.reading_graph(model), decoder.writing_graph(model)]
    assert isinstance(model, EncoderDecoder)
    return [encoder_decoder.reading_graph(model), encoder_decoder.writing_graph(model)]
