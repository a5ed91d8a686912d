"""The graphs of the encoder-decoder; `onnx` says what goes in and comes out."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto

from scenic_iot.model.encoder_decoder import EncoderDecoder

from .graph import Graph, weights
from .stack import cross_nodes, read_nodes


def reading_graph(model: EncoderDecoder) -> onnx.ModelProto:
    """The encoder, up to the keys and values that the decoder's layers attend to."""
    head = model.config.head_width
    graph = Graph("encoder")
    read = read_nodes(graph, model)
    matrix = np.concatenate([weights(layer.cross.key_value.weight).T for layer in model.decoder_stack()], axis=1)
    rows = matrix.shape[1] // head
    cross = graph.heads(graph.project(read.states, matrix, "decoder.cross.key_value"), rows, head)
    graph.output(cross, "cross", ["batch", rows, "source", head])
    graph.output(graph.mean(read.states, read.mask), "pooled", ["batch", model.config.width])
    return graph.model()


def writing_graph(model: EncoderDecoder) -> onnx.ModelProto:
    """One step of the decoder: new symbols in, logits and the grown cache out."""
    layers, head = model.decoder_stack(), model.config.head_width
    counts = [layer.attention.sizes()[1] for layer in layers for _ in "kv"]
    crossed = [layer.cross.count() for layer in layers for _ in "kv"]
    graph = Graph("decoder")
    ids = graph.input("symbol_ids", TensorProto.INT64, ["beams", "target"])
    past = graph.input("past", TensorProto.FLOAT, ["beams", sum(counts), "past", head])
    cross = graph.input("cross", TensorProto.FLOAT, ["batch", sum(crossed), "source", head])
    mask = graph.input("attention_mask", TensorProto.INT64, ["batch", "source"])
    first = graph.op("Shape", past, start=2, end=3)
    total = graph.op("Add", first, graph.op("Shape", ids, start=1, end=2))
    bias = graph.distance_bias(
        model.decoder_positions, graph.op("Squeeze", first), graph.op("Squeeze", total), "decoder_positions"
    )
    hidden = graph.padding_bias(mask)
    pasts = graph.ops("Split", len(counts), past, graph.constant(counts), axis=1)
    memory = graph.ops("Split", len(crossed), cross, graph.constant(crossed), axis=1)
    presents: list[str] = []
    x = graph.embed(model.symbols.weight, ids, "symbols")
    for index, layer in enumerate(layers):
        name = f"decoder.{index}"
        y = graph.norm(x, layer.attention_norm, f"{name}.attention_norm")
        query, *new = graph.qkv(y, layer.attention, f"{name}.attention")
        old = pasts[2 * index : 2 * index + 2]
        keys, values = (graph.op("Concat", a, b, axis=2) for a, b in zip(old, new, strict=True))
        presents += [keys, values]
        y = graph.attend(query, [(keys, values, bias)], (*layer.attention.sizes()[:2], head))
        x = graph.op("Add", x, graph.linear(y, layer.attention.out, f"{name}.attention.out"))
        y = graph.norm(x, layer.cross_norm, f"{name}.cross_norm")
        keys, values = memory[2 * index : 2 * index + 2]
        x = graph.op("Add", x, cross_nodes(graph, y, layer.cross, f"{name}.cross", keys, values, hidden))
        y = graph.norm(x, layer.feed_norm, f"{name}.feed_norm")
        x = graph.op("Add", x, graph.feed(y, layer.feed, f"{name}.feed"))
    x = graph.norm(x, model.decoder_norm, "decoder_norm")
    graph.output(graph.write(x, model), "logits", ["beams", "target", model.config.symbols])
    graph.output(graph.op("Concat", *presents, axis=1), "present", ["beams", sum(counts), "total", head])
    return graph.model()
