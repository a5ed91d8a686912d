"""How much each weight matters: one score a method, the lowest are pruned first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from torch import Tensor

from scenic_iot.model.base import Model
from scenic_iot.train.dataset import Batch

from .observe import saliences, squared_inputs
from .scope import linear_layers

Criterion = Literal["magnitude", "wanda", "gradient"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)


def score(model: Model, criterion: Criterion, batches: Sequence[Batch], *, heads: bool = False) -> dict[str, Tensor]:
    """Scores of the weights of each linear layer, in the shape of the weights (outputs, inputs), at least 0.

    * magnitude: |w|; looks at no data.
    * wanda: |w| · RMS(x) of the weight's input (Sun et al. 2023, arXiv 2306.11695).
    * gradient: Σ |w · ∂L/∂w| (first-order Taylor; Molchanov et al. 2019, arXiv 1906.10771, without the square).
    """
    layers = linear_layers(model, heads=heads)
    magnitudes = {name: layer.weight.detach().float().abs() for name, layer in layers.items()}
    if criterion == "magnitude":
        return magnitudes
    if criterion == "wanda":
        squares = squared_inputs(model, batches, heads=heads)
        return {name: magnitude * squares[name].sqrt() for name, magnitude in magnitudes.items()}
    return saliences(model, batches, heads=heads)
