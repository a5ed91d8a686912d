"""Layers as nodes of an ONNX graph, and the reading of a sentence that two of the families begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onnx import TensorProto

from scenic_iot.model.base import Reader
from scenic_iot.model.blocks import EncoderLayer, LearnedPositions
from scenic_iot.model.layers import CrossAttention

from .graph import Graph, weights

Mix = Callable[[str, str, str], str]
"""Queries, keys and values of a layer to what its heads have found, (B, T, H D)."""


@dataclass(frozen=True, slots=True)
class Read:
    """Values of a graph in which a sentence was read."""

    mask: str
    hidden: str
    """Bias that hides the padding, (B, 1, 1, S)."""
    states: str
    """(B, S, W)."""


def layer_nodes(
    graph: Graph, x: str, layer: EncoderLayer, name: str, mix: Mix, rotation: tuple[str, str] | None = None
) -> str:
    """A layer of self-attention and feed-forward; how its heads attend is up to `mix`."""
    y = x if layer.post else graph.norm(x, layer.attention_norm, f"{name}.attention_norm")
    y = mix(*graph.qkv(y, layer.attention, f"{name}.attention", rotation))
    x = graph.op("Add", x, graph.linear(y, layer.attention.out, f"{name}.attention.out"))
    if layer.post:
        x = graph.norm(x, layer.attention_norm, f"{name}.attention_norm")
        return graph.norm(
            graph.op("Add", x, graph.feed(x, layer.feed, f"{name}.feed")), layer.feed_norm, f"{name}.feed_norm"
        )
    y = graph.norm(x, layer.feed_norm, f"{name}.feed_norm")
    return graph.op("Add", x, graph.feed(y, layer.feed, f"{name}.feed"))


def cross_nodes(graph: Graph, x: str, cross: CrossAttention, name: str, keys: str, values: str, hidden: str) -> str:
    """Attention of normed states (B, T, W) to keys and values of a sentence, and its output layer."""
    count, head = cross.count(), cross.head
    query = graph.heads(graph.project(x, weights(cross.query.weight).T * cross.factor, f"{name}.query"), count, head)
    y = graph.attend(query, [(keys, values, hidden)], (count, count, head))
    return graph.linear(y, cross.out, f"{name}.out")


def read_nodes(graph: Graph, model: Reader) -> Read:
    """The inputs of a sentence and its encoder."""
    ids = graph.input("input_ids", TensorProto.INT64, ["batch", "source"])
    mask = graph.input("attention_mask", TensorProto.INT64, ["batch", "source"])
    hidden = bias = graph.padding_bias(mask)
    length = graph.op("Shape", ids, start=1, end=2)
    x = graph.embed(model.tokens.weight, ids, "tokens")
    positions = model.encoder_positions
    if isinstance(positions, LearnedPositions):
        table = graph.constant(weights(positions.weight), "encoder_positions")
        x = graph.op("Add", x, graph.op("Slice", table, graph.constant([0]), length))
        x = graph.norm(x, positions.norm, "encoder_positions.norm")
    else:
        near = graph.distance_bias(positions, graph.constant(0), graph.op("Squeeze", length), "encoder_positions")
        bias = graph.op("Add", near, hidden)
    for index, layer in enumerate(model.encoder_stack()):
        sizes = (*layer.attention.sizes()[:2], layer.attention.head)

        def mix(query: str, keys: str, values: str, sizes: tuple[int, ...] = sizes) -> str:
            return graph.attend(query, [(keys, values, bias)], sizes)

        x = layer_nodes(graph, x, layer, f"encoder.{index}", mix)
    return Read(mask, hidden, graph.norm(x, model.encoder_norm, "encoder_norm"))
