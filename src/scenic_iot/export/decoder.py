"""The graphs of the decoder-only model; `onnx` says what goes in and comes out.

The sentence is read by a graph of its own, since it is read once; a step attends to its keys and values and to those of
the symbols so far, which are kept apart, so that the hypotheses share what was read.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto

from scenic_iot.model.decoder import Decoder
from scenic_iot.model.layers import MASKED

from .graph import Graph, weights
from .stack import layer_nodes


def reading_graph(model: Decoder) -> onnx.ModelProto:
    """The sentence through all layers: the keys and values of each."""
    graph, head = Graph("encoder"), model.config.head_width
    ids = graph.input("input_ids", TensorProto.INT64, ["batch", "source"])
    mask = graph.input("attention_mask", TensorProto.INT64, ["batch", "source"])
    places = graph.range(graph.constant(0), graph.op("Squeeze", graph.op("Shape", ids, start=1, end=2)))
    bias = graph.op("Add", _causal(graph, places, places), graph.padding_bias(mask))
    counted = graph.op("Sub", graph.op("CumSum", mask, graph.constant(1)), graph.constant(1))
    rotation = _rotation(graph, model, graph.op("Max", counted, graph.constant(0)))
    kept: list[str] = []
    x = graph.embed(model.tokens.weight, ids, "tokens")
    for index, layer in enumerate(model.decoder_stack()):
        sizes = (*layer.attention.sizes()[:2], head)

        def mix(query: str, keys: str, values: str, sizes: tuple[int, ...] = sizes) -> str:
            kept.extend((keys, values))
            return graph.attend(query, [(keys, values, bias)], sizes)

        x = layer_nodes(graph, x, layer, f"decoder.{index}", mix, rotation)
    rows = _rows(model)
    graph.output(graph.op("Concat", *kept, axis=1), "cross", ["batch", sum(rows), "source", head])
    pooled = graph.mean(graph.norm(x, model.decoder_norm, "decoder_norm"), mask)
    graph.output(pooled, "pooled", ["batch", model.config.width])
    return graph.model()


def writing_graph(model: Decoder) -> onnx.ModelProto:
    """One step: new symbols in, logits and the grown cache out."""
    graph, head, rows = Graph("decoder"), model.config.head_width, _rows(model)
    ids = graph.input("symbol_ids", TensorProto.INT64, ["beams", "target"])
    past = graph.input("past", TensorProto.FLOAT, ["beams", sum(rows), "past", head])
    cross = graph.input("cross", TensorProto.FLOAT, ["batch", sum(rows), "source", head])
    mask = graph.input("attention_mask", TensorProto.INT64, ["batch", "source"])
    first = graph.op("Shape", past, start=2, end=3)
    total = graph.op("Squeeze", graph.op("Add", first, graph.op("Shape", ids, start=1, end=2)))
    queries = graph.range(graph.op("Squeeze", first), total)
    bias = _causal(graph, queries, graph.range(graph.constant(0), total))
    read = graph.op("ReduceSum", mask, graph.constant([1]), keepdims=1)  # (B, 1): the symbols' places come after
    rotation = _rotation(graph, model, graph.op("Add", read, queries))
    hidden = graph.padding_bias(mask)
    pasts, memory = (graph.ops("Split", len(rows), part, graph.constant(rows), axis=1) for part in (past, cross))
    presents: list[str] = []
    x = graph.embed(model.symbols.weight, ids, "symbols")
    for index, layer in enumerate(model.decoder_stack()):
        sizes = (*layer.attention.sizes()[:2], head)

        def mix(query: str, *new: str, index: int = index, sizes: tuple[int, ...] = sizes) -> str:
            at = slice(2 * index, 2 * index + 2)
            keys, values = (graph.op("Concat", a, b, axis=2) for a, b in zip(pasts[at], new, strict=True))
            presents.extend((keys, values))
            before, seen = memory[at]
            return graph.attend(query, [(before, seen, hidden), (keys, values, bias)], sizes)

        x = layer_nodes(graph, x, layer, f"decoder.{index}", mix, rotation)
    x = graph.norm(x, model.decoder_norm, "decoder_norm")
    graph.output(graph.write(x, model), "logits", ["beams", "target", model.config.symbols])
    graph.output(graph.op("Concat", *presents, axis=1), "present", ["beams", sum(rows), "total", head])
    return graph.model()


def _rows(model: Decoder) -> list[int]:
    """Heads of keys and of values, layer by layer."""
    return [layer.attention.sizes()[1] for layer in model.decoder_stack() for _ in "kv"]


def _causal(graph: Graph, queries: str, keys: str) -> str:
    """Biases (T, S) that hide the keys which come after a query; both are given by their places."""
    seen = graph.op("LessOrEqual", keys, graph.op("Unsqueeze", queries, graph.constant([1])))
    return graph.op("Where", seen, graph.constant(0.0), graph.constant(MASKED))


def _rotation(graph: Graph, model: Decoder, positions: str) -> tuple[str, str]:
    """Cosines and sines (B, 1, T, D / 2) of positions (B, T)."""
    tables = {"cos": model.rotary.cos, "sin": model.rotary.sin}
    cos, sin = (
        graph.op("Unsqueeze", graph.op("Gather", graph.constant(weights(table), name), positions), graph.constant([1]))
        for name, table in tables.items()
    )
    return cos, sin
