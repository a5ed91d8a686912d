"""The encoder-decoder as two ONNX files: what is read once a sentence, and what is run once a step.

    encoder.onnx   input_ids, attention_mask (B, S) int64            -> cross (B, 2 L H, S, D)
    decoder.onnx   symbol_ids (N, T) int64; past (N, 2 L H, P, D);
                   cross (B, 2 L H, S, D); attention_mask (B, S)     -> logits (N, T, V); present (N, 2 L H, P+T, D)

B sentences of S tokens (padding has mask 0), N hypotheses of T new symbols after P old ones (P may be 0), L decoder
layers of H heads of width D, V symbols. B is N, or 1 for N hypotheses about one sentence. The first symbol is `<bos>`;
`present` is the next step's `past`, its rows reordered as hypotheses survive. In dimension 1, layer l has its keys at
2 l H .. 2 l H + H - 1 and its values at the next H.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto
from torch import Tensor

from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.runtime.bundle import LAYOUT

from .graph import Graph, weights


@dataclass(frozen=True, slots=True)
class Exported:
    """The two files of one model."""

    encoder: Path
    decoder: Path

    def bytes(self) -> int:
        """Size of both together."""
        return self.encoder.stat().st_size + self.decoder.stat().st_size


def export_onnx(model: EncoderDecoder, folder: Path) -> Exported:
    """Write the float32 graphs of a model into an existing folder."""
    exported = Exported(folder / LAYOUT.encoder, folder / LAYOUT.decoder)
    onnx.save(encoder_graph(model), exported.encoder)
    onnx.save(decoder_graph(model), exported.decoder)
    return exported


def encoder_graph(model: EncoderDecoder) -> onnx.ModelProto:
    """The encoder, up to the keys and values that the decoder's layers attend to."""
    config = model.config
    width, head = config.width, config.width // config.heads
    graph = Graph("encoder")
    ids = graph.input("input_ids", TensorProto.INT64, ["batch", "source"])
    mask = graph.input("attention_mask", TensorProto.INT64, ["batch", "source"])
    length = graph.op("Squeeze", graph.op("Shape", ids, start=1, end=2))
    near = graph.distance_bias(model.encoder_positions, graph.constant(0), length, "encoder_positions")
    bias = graph.op("Add", near, graph.padding_bias(mask))
    x = graph.embed(model.tokens.weight, ids, "tokens")
    for index, layer in enumerate(model.encoder_stack()):
        name = f"encoder.{index}"
        y = graph.norm(x, layer.attention_norm, f"{name}.attention_norm")
        y = graph.project(y, _scaled(layer.attention.qkv.weight, width, head), f"{name}.attention.qkv")
        query, keys, values = graph.ops("Split", 3, graph.heads(y, 3 * config.heads, head), axis=1)
        y = graph.attend(query, keys, values, bias, width)
        x = graph.op("Add", x, graph.project(y, weights(layer.attention.out.weight).T, f"{name}.attention.out"))
        y = graph.norm(x, layer.feed_norm, f"{name}.feed_norm")
        x = graph.op("Add", x, graph.feed(y, layer.feed, f"{name}.feed"))
    x = graph.norm(x, model.encoder_norm, "encoder_norm")
    matrix = np.concatenate([weights(layer.cross.key_value.weight).T for layer in model.decoder_stack()], axis=1)
    rows = 2 * config.decoder_layers * config.heads
    cross = graph.heads(graph.project(x, matrix, "decoder.cross.key_value"), rows, head)
    graph.output(cross, "cross", ["batch", rows, "source", head])
    return graph.model()


def decoder_graph(model: EncoderDecoder) -> onnx.ModelProto:
    """One step of the decoder: new symbols in, logits and the grown cache out."""
    config = model.config
    width, heads, head, layers = config.width, config.heads, config.width // config.heads, config.decoder_layers
    rows = 2 * layers * heads
    graph = Graph("decoder")
    ids = graph.input("symbol_ids", TensorProto.INT64, ["beams", "target"])
    past = graph.input("past", TensorProto.FLOAT, ["beams", rows, "past", head])
    cross = graph.input("cross", TensorProto.FLOAT, ["batch", rows, "source", head])
    mask = graph.input("attention_mask", TensorProto.INT64, ["batch", "source"])
    first = graph.op("Shape", past, start=2, end=3)
    total = graph.op("Add", first, graph.op("Shape", ids, start=1, end=2))
    bias = graph.distance_bias(
        model.decoder_positions, graph.op("Squeeze", first), graph.op("Squeeze", total), "decoder_positions"
    )
    hidden = graph.padding_bias(mask)
    pasts = graph.ops("Split", layers, past, axis=1) if layers > 1 else [past]
    crossed = graph.ops("Split", 2 * layers, cross, axis=1)
    presents = []
    x = graph.embed(model.symbols.weight, ids, "symbols")
    for index, layer in enumerate(model.decoder_stack()):
        name = f"decoder.{index}"
        y = graph.norm(x, layer.attention_norm, f"{name}.attention_norm")
        y = graph.project(y, _scaled(layer.attention.qkv.weight, width, head), f"{name}.attention.qkv")
        sizes = graph.constant([heads, 2 * heads])
        query, new = graph.ops("Split", 2, graph.heads(y, 3 * heads, head), sizes, axis=1)
        presents.append(graph.op("Concat", pasts[index], new, axis=2))
        keys, values = graph.ops("Split", 2, presents[-1], axis=1)
        y = graph.attend(query, keys, values, bias, width)
        x = graph.op("Add", x, graph.project(y, weights(layer.attention.out.weight).T, f"{name}.attention.out"))
        y = graph.norm(x, layer.cross_norm, f"{name}.cross_norm")
        y = graph.project(y, _scaled(layer.cross.query.weight, width, head), f"{name}.cross.query")
        keys, values = crossed[2 * index : 2 * index + 2]
        y = graph.attend(graph.heads(y, heads, head), keys, values, hidden, width)
        x = graph.op("Add", x, graph.project(y, weights(layer.cross.out.weight).T, f"{name}.cross.out"))
        y = graph.norm(x, layer.feed_norm, f"{name}.feed_norm")
        x = graph.op("Add", x, graph.feed(y, layer.feed, f"{name}.feed"))
    x = graph.norm(x, model.decoder_norm, "decoder_norm")
    logits = graph.project(x, weights(model.symbols.weight).T, "symbols.output")
    graph.output(logits, "logits", ["beams", "target", config.symbols])
    present = graph.op("Concat", *presents, axis=1)
    graph.output(present, "present", ["beams", rows, "total", head])
    return graph.model()


def _scaled(weight: Tensor, width: int, head: int) -> NDArray[np.float32]:
    """A projection as (inputs, outputs), its first `width` outputs, the queries, divided by sqrt(head) beforehand."""
    matrix = weights(weight).T.copy()
    matrix[:, :width] /= np.float32(math.sqrt(head))
    return matrix
