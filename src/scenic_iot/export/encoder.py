"""The graph of the encoder-only model; `onnx` says what goes in and comes out."""

from __future__ import annotations

import numpy as np
import onnx
import torch
from torch import Tensor

from scenic_iot.model.encoder import Encoder

from .graph import Graph, weights
from .stack import cross_nodes, read_nodes


def grid_graph(model: Encoder) -> onnx.ModelProto:
    """Everything: a sentence in, the log-probabilities of all cells out."""
    config, grid, head = model.config, model.config.grid, model.config.head_width
    graph = Graph("encoder")
    read = read_nodes(graph, model)
    layers = model.slot_stack()
    crosses = [*(layer.cross for layer in layers), model.cell.cross]
    matrix = np.concatenate([weights(cross.key_value.weight).T for cross in crosses], axis=1)
    rows = [cross.count() for cross in crosses for _ in "kv"]
    all_rows = graph.heads(graph.project(read.states, matrix, "cross.key_value"), sum(rows), head)
    memory = graph.ops("Split", len(rows), all_rows, graph.constant(rows), axis=1)
    x = graph.constant(weights(_begun(model)), "slots")
    for index, layer in enumerate(layers):
        name = f"slot_layers.{index}"
        if index:  # the first look of the actions at one another is the same for all sentences
            y = graph.norm(x, layer.attention_norm, f"{name}.attention_norm")
            query, key, value = graph.qkv(y, layer.attention, f"{name}.attention")
            y = graph.attend(query, [(key, value, None)], (*layer.attention.sizes()[:2], head))
            x = graph.op("Add", x, graph.linear(y, layer.attention.out, f"{name}.attention.out"))
        y = graph.norm(x, layer.cross_norm, f"{name}.cross_norm")
        keys, values = memory[2 * index : 2 * index + 2]
        x = graph.op("Add", x, cross_nodes(graph, y, layer.cross, f"{name}.cross", keys, values, read.hidden))
        y = graph.norm(x, layer.feed_norm, f"{name}.feed_norm")
        x = graph.op("Add", x, graph.feed(y, layer.feed, f"{name}.feed"))
    x = graph.op("Add", graph.op("Unsqueeze", x, graph.constant([2])), graph.constant(weights(model.places), "places"))
    x = graph.op("Reshape", x, graph.constant([0, -1, config.width]))
    y = graph.norm(x, model.cell.cross_norm, "cell.cross_norm")
    keys, values = memory[-2:]
    x = graph.op("Add", x, cross_nodes(graph, y, model.cell.cross, "cell.cross", keys, values, read.hidden))
    y = graph.norm(x, model.cell.feed_norm, "cell.feed_norm")
    x = graph.op("Add", x, graph.feed(y, model.cell.feed, "cell.feed"))
    logits = graph.write(graph.norm(x, model.cell_norm, "cell_norm"), model)
    graph.output(graph.op("LogSoftmax", logits, axis=-1), "grid", ["batch", grid.slots * grid.places, config.symbols])
    first = graph.op("Slice", read.states, graph.constant([0]), graph.constant([1]), graph.constant([1]))
    graph.output(graph.op("Squeeze", first, graph.constant([1])), "pooled", ["batch", config.width])
    return graph.model()


@torch.no_grad()
def _begun(model: Encoder) -> Tensor:
    """The actions (1, slots, W) after the self-attention of the first layer, which sees nothing of a sentence."""
    layer, x = model.slot_stack()[0], model.slots[None]
    begun: Tensor = x + layer.attention(layer.attention_norm(x), x.new_zeros(1, 1, 1, 1))
    return begun
