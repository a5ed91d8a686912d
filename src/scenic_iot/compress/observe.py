"""Observing a model on calibration data: what enters its linear layers, and how the loss depends on their weights.

Nothing of the model is changed. Sums are kept in float32 whatever the model computes in: summed in half precision,
small gradients would be lost. Padding is observed like the rest; calibration batches hold pairs of about equal length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from scenic_iot.model.base import PAD, Model
from scenic_iot.train.dataset import Batch
from scenic_iot.train.objectives import cross_entropy

from .scope import linear_layers


def squared_inputs(model: Model, batches: Sequence[Batch], *, heads: bool = False) -> dict[str, Tensor]:
    """The mean square (inputs,) of each input of each linear layer: Wanda's norm, squared and over the rows."""
    sums: dict[str, Tensor] = {}
    rows: dict[str, int] = {}

    def see(name: str, x: Tensor) -> None:
        flat = x.detach().flatten(0, -2).float()
        sums[name] = sums[name] + flat.square().sum(0) if name in sums else flat.square().sum(0)
        rows[name] = rows.get(name, 0) + len(flat)

    with watched(model, see, heads=heads), torch.no_grad():
        for batch in batches:
            model(batch.source, batch.target)
    return {name: sums[name] / rows[name] for name in sums}


def second_moments(model: Model, batches: Sequence[Batch], *, heads: bool = False) -> dict[str, Tensor]:
    """E[x xᵀ] (inputs, inputs) of each linear layer: half of the Hessian of its squared error (SparseGPT)."""
    sums: dict[str, Tensor] = {}
    rows: dict[str, int] = {}

    def see(name: str, x: Tensor) -> None:
        flat = x.detach().flatten(0, -2).float()
        product = flat.T @ flat
        sums[name] = sums[name] + product if name in sums else product
        rows[name] = rows.get(name, 0) + len(flat)

    with watched(model, see, heads=heads), torch.no_grad():
        for batch in batches:
            model(batch.source, batch.target)
    return {name: sums[name] / rows[name] for name in sums}


def saliences(model: Model, batches: Sequence[Batch], *, heads: bool = False) -> dict[str, Tensor]:
    """Σ |w · ∂L/∂w| over the batches, for each weight of each linear layer: how much the loss would change to first
    order without it. The paper's score, accumulated in float32."""
    layers = linear_layers(model, heads=heads)
    sums = {name: torch.zeros_like(layer.weight, dtype=torch.float32) for name, layer in layers.items()}
    with evaluating(model):
        for batch in batches:
            for name, gradient in weight_gradients(model, batch, layers).items():
                sums[name] += (layers[name].weight.detach().float() * gradient).abs()
    return sums


def weight_gradients(model: Model, batch: Batch, layers: dict[str, nn.Linear]) -> dict[str, Tensor]:
    """∂L/∂w of some layers on one batch, in float32; layers that the loss does not reach have zeros."""
    loss = cross_entropy(model(batch.source, batch.target))
    weights = [layer.weight for layer in layers.values()]
    gradients = torch.autograd.grad(loss, weights, allow_unused=True)
    return {
        name: torch.zeros_like(weight, dtype=torch.float32) if gradient is None else gradient.float()
        for name, weight, gradient in zip(layers, weights, gradients, strict=True)
    }


@torch.no_grad()
def mean_loss(model: Model, batches: Sequence[Batch]) -> float:
    """Mean cross-entropy of the places that count, over all batches."""
    total, places = 0.0, 0
    for batch in batches:
        output = model(batch.source, batch.target)
        counted = int((output.gold != PAD).sum())
        total += float(cross_entropy(output)) * counted
        places += counted
    return total / places


@contextmanager
def watched(model: Model, see: Callable[[str, Tensor], None], *, heads: bool = False) -> Iterator[None]:
    """While this lasts, `see` is given the name and the input (…, inputs) of each linear layer that runs."""
    handles = [
        layer.register_forward_pre_hook(lambda _, inputs, name=name: see(name, inputs[0]))
        for name, layer in linear_layers(model, heads=heads).items()
    ]
    try:
        with evaluating(model):
            yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def evaluating(model: Model) -> Iterator[None]:
    """While this lasts, the model does not drop anything."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
