"""Quantization-aware fine-tuning: weights are rounded in the forward pass, gradients pass as if they were not.

The rounding is that of the files written afterwards: int8 with one scale an output (`quantize`), or 4 bits with one
scale for every block of inputs (`fourbit`). Activations are not rounded: at our widths int8 activations change next to
nothing (the report says how many commands), 4-bit weights do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrize

from scenic_iot.model.base import Model

from .scope import linear_layers

Bits = Literal[4, 8]
BLOCK = 32
"""Inputs that share a scale where weights have 4 bits."""


def round8(weight: Tensor) -> Tensor:
    """Weights (outputs, inputs) as int8 with one scale an output would have them: ±127 steps."""
    scale = weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
    return (weight / scale).round().clamp(-127, 127) * scale


def round4(weight: Tensor) -> Tensor:
    """Weights (outputs, inputs) in 16 steps, -8 to 7, a scale a block: its largest number becomes -8, as onnxruntime
    has it."""
    outputs, inputs = weight.shape
    blocks = functional.pad(weight, (0, -inputs % BLOCK)).view(outputs, -1, BLOCK)
    largest = blocks.gather(-1, blocks.abs().argmax(dim=-1, keepdim=True))
    scale = torch.where(largest == 0, 1.0, largest / -8)
    rounded = (blocks / scale).round().clamp(-8, 7) * scale
    return rounded.view(outputs, -1)[:, :inputs]


class Rounded(nn.Module):
    """A weight as it will be stored; the gradient is passed straight through (Bengio et al. 2013, arXiv 1308.3432)."""

    def __init__(self, bits: Bits) -> None:
        super().__init__()
        self.round = round4 if bits == 4 else round8

    def forward(self, weight: Tensor) -> Tensor:
        """Same shape."""
        return weight + (self.round(weight.detach()) - weight.detach())


@contextmanager
def rounding(model: Model, bits: Bits) -> Iterator[None]:
    """While this lasts, the linear layers compute with rounded weights; afterwards they have plain ones again."""
    layers = linear_layers(model, heads=True).values()
    for layer in layers:
        parametrize.register_parametrization(layer, "weight", Rounded(bits))
    try:
        yield
    finally:
        for layer in layers:
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
