"""Structured pruning: heads, neurons and whole layers really removed, the least important first.

What comes out is an ordinary model with a smaller configuration, so it is exported and bundled like any other; it loses
accuracy and should be distilled from the dense one (`distill`).

A head or neuron is a gate that is 1: its importance is Σ over the batches of |∂L/∂gate| (Michel et al. 2019, arXiv
1905.10650), which is |Σ w·∂L/∂w| over the weights that take in what it gives. A layer's importance is what the loss on
the calibration data rises by without it, measured, one layer at a time.

Heads of a stack with relative positions are removed in all its layers alike, since the layers share each head's biases.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from scenic_iot.model.base import Model, Reader
from scenic_iot.model.decoder import Decoder
from scenic_iot.model.encoder import Encoder
from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.model.layers import CrossAttention, FeedForward, RelativeBias, SelfAttention
from scenic_iot.model.presets import build
from scenic_iot.train.dataset import Batch

from .cut import cut_cross, cut_feed, cut_self
from .observe import mean_loss, weight_gradients


def shrink(model: Model, changes: Mapping[str, int], batches: Sequence[Batch]) -> Model:
    """A smaller copy of a model, in evaluation mode.

    Args:
        changes: what is left of `heads`, `hidden` and of the fields that count layers, by their names in the model's
            configuration. Heads of a decoder with fewer heads of keys go with these.
        batches: calibration data on the model's device.

    Raises ValueError where a field is none of these, or where more should be left than there is.
    """
    _check(model, changes)
    small = copy.deepcopy(model).eval()
    for field, stack in stacks(model).items():
        if field in changes:
            drop_layers(small, stack, changes[field], batches)
    flows = gate_flows(small, batches)
    with torch.no_grad():
        if "heads" in changes:
            _shrink_heads(small, changes["heads"], flows)
        if "hidden" in changes:
            _shrink_hidden(small, changes["hidden"], flows)
    config = replace(model.config, head=model.config.head_width, **_settings(model, changes))
    shrunk = build(config).to(next(model.parameters()).device)
    shrunk.load_state_dict(small.state_dict())
    return shrunk.eval()


def stacks(model: Model) -> dict[str, str]:
    """The fields that count layers, with the attributes that hold those layers."""
    if isinstance(model, EncoderDecoder):
        return {"encoder_layers": "encoder", "decoder_layers": "decoder"}
    if isinstance(model, Encoder):
        return {"layers": "encoder", "slot_layers": "slot_layers"}
    return {"layers": "decoder"}


def drop_layers(model: Model, stack: str, left: int, batches: Sequence[Batch]) -> None:
    """Remove layers of a stack, in place, until `left` are there: each time the one that is missed least."""
    layers = list(getattr(model, stack))
    while len(layers) > left:
        losses = []
        for index in range(len(layers)):
            setattr(model, stack, nn.ModuleList(layers[:index] + layers[index + 1 :]))
            losses.append(mean_loss(model, batches))
        del layers[losses.index(min(losses))]
    setattr(model, stack, nn.ModuleList(layers))


def gate_flows(model: Model, batches: Sequence[Batch]) -> dict[str, Tensor]:
    """For each linear layer that ends a branch, ∂L/∂gate of each of its inputs, (batches, inputs)."""
    names = {
        f"{name}.{'down' if isinstance(module, FeedForward) else 'out'}": module
        for name, module in model.named_modules()
        if isinstance(module, FeedForward | SelfAttention | CrossAttention)
    }
    layers: dict[str, nn.Linear] = {name: model.get_submodule(name) for name in names}  # type: ignore[misc]
    flows: dict[str, list[Tensor]] = {name: [] for name in layers}
    for batch in batches:
        for name, gradient in weight_gradients(model, batch, layers).items():
            flows[name].append((layers[name].weight.detach().float() * gradient).sum(dim=0))
    return {name: torch.stack(parts) for name, parts in flows.items()}


def _shrink_heads(model: Model, left: int, flows: Mapping[str, Tensor]) -> None:
    for names, positions in _tied(model):
        attentions = [model.get_submodule(name) for name in names]
        group = int(getattr(attentions[0], "group", 1))
        width = group * model.config.head_width
        gates = torch.stack([flows[f"{name}.out"] for name in names])  # (attentions, batches, heads * width)
        importance = gates.view(*gates.shape[:2], -1, width).sum(-1).abs().sum((0, 1))
        kept = _most(importance, left // group)
        for attention in attentions:
            if isinstance(attention, SelfAttention):
                cut_self(attention, kept)
            else:
                assert isinstance(attention, CrossAttention)
                cut_cross(attention, kept)
        if positions is not None:
            positions.weight = nn.Parameter(positions.weight[:, kept])


def _shrink_hidden(model: Model, left: int, flows: Mapping[str, Tensor]) -> None:
    """The neurons of each layer; an encoder-only model's cells have a width of their own, which stays."""
    for name, module in model.named_modules():
        if isinstance(module, FeedForward) and name != "cell.feed":
            cut_feed(module, _most(flows[f"{name}.down"].abs().sum(0), left))


def _most(importance: Tensor, left: int) -> Tensor:
    """The places of the `left` highest, ascending."""
    return importance.topk(left).indices.sort().values


def _tied(model: Model) -> list[tuple[list[str], RelativeBias | None]]:
    """The names of attentions whose heads must be the same ones, with the positions that they share."""
    tied: list[tuple[list[str], RelativeBias | None]] = []
    shared: dict[str, RelativeBias] = {}
    if isinstance(model, Reader) and isinstance(model.encoder_positions, RelativeBias):
        shared["encoder"] = model.encoder_positions
    if isinstance(model, EncoderDecoder):
        shared["decoder"] = model.decoder_positions
    for name, module in model.named_modules():
        if isinstance(module, CrossAttention) or (
            isinstance(module, SelfAttention) and name.split(".")[0] not in shared
        ):
            tied.append(([name], None))
    for stack, positions in shared.items():
        count = len(getattr(model, stack))
        tied.append(([f"{stack}.{index}.attention" for index in range(count)], positions))
    return tied


def _check(model: Model, changes: Mapping[str, int]) -> None:
    known = {"heads", "hidden", *stacks(model)}
    for field, left in changes.items():
        if field not in known:
            raise ValueError(f"{field}: cannot be shrunk; what can is {', '.join(sorted(known))}")
        there = getattr(model.config, field)
        if not 1 <= left <= there:
            raise ValueError(f"{field}: {left} cannot be left of {there}")
    group = model.config.heads // model.config.kv_heads if isinstance(model, Decoder) else 1
    if changes.get("heads", 0) % group:
        raise ValueError(f"heads: {changes['heads']} is no multiple of {group}, the queries that share a head of keys")


def _settings(model: Model, changes: Mapping[str, int]) -> dict[str, Any]:
    """The changed fields of the configuration."""
    if isinstance(model, Decoder) and "heads" in changes:
        group = model.config.heads // model.config.kv_heads
        return {**changes, "kv_heads": changes["heads"] // group}
    return dict(changes)
