"""From scores to masks: which weights stay. A mask is a tensor of booleans in the shape of its weight, True for kept.

Ties are broken by place, so a mask always has exactly the sparsity that was asked for, rounded to whole weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import torch
from torch import Tensor

from scenic_iot.model.base import Model

from .scope import linear_layers

Granularity = Literal["row", "layer", "global"]
"""Within what weights are compared: those of an output, of a matrix, of all matrices."""
GRANULARITIES: tuple[Granularity, ...] = get_args(Granularity)
Masks = dict[str, Tensor]


def make_masks(scores: Mapping[str, Tensor], sparsity: float, granularity: Granularity) -> Masks:
    """Masks that leave out the share `sparsity`, in [0, 1), of the lowest scores."""
    if not 0 <= sparsity < 1:
        raise ValueError(f"sparsity: {sparsity} is not in [0, 1)")
    if granularity == "row":
        return {name: _highest(score, sparsity) for name, score in scores.items()}
    if granularity == "layer":
        return {name: _highest(score.flatten(), sparsity).view_as(score) for name, score in scores.items()}
    together = _highest(torch.cat([score.flatten() for score in scores.values()]), sparsity)
    parts = torch.split(together, [score.numel() for score in scores.values()])
    return {name: part.view_as(score) for part, (name, score) in zip(parts, scores.items(), strict=True)}


def two_of_four(scores: Mapping[str, Tensor]) -> Masks:
    """NVIDIA's 2:4 pattern: of every four inputs in a row, the two highest scores stay (Mishra et al. 2021, arXiv
    2104.08378). Raises ValueError where the inputs of a layer are no multiple of four."""
    masks = {}
    for name, score in scores.items():
        if score.shape[1] % 4:
            raise ValueError(f"{name}: {score.shape[1]} inputs are no multiple of 4, which the 2:4 pattern needs")
        masks[name] = _highest(score.view(len(score), -1, 4), 0.5).view_as(score)
    return masks


def _highest(scores: Tensor, sparsity: float) -> Tensor:
    """Along the last dimension, all but the lowest."""
    dropped = round(sparsity * scores.shape[-1])
    order = scores.argsort(dim=-1, stable=True)
    return torch.ones_like(scores, dtype=torch.bool).scatter_(-1, order[..., :dropped], False)


@torch.no_grad()
def apply_masks(model: Model, masks: Mapping[str, Tensor]) -> None:
    """Set what is masked to zero."""
    layers = linear_layers(model, heads=True)
    weights = [layers[name].weight.detach() for name in masks]
    torch._foreach_mul_(weights, [mask.to(weight.dtype) for mask, weight in zip(masks.values(), weights, strict=True)])


def zero_masks(model: Model, *, heads: bool = False) -> Masks:
    """Masks of a model that is pruned already: zeros stay zero."""
    return {name: layer.weight.detach() != 0 for name, layer in linear_layers(model, heads=heads).items()}


def is_two_of_four(weight: Tensor) -> bool:
    """Whether every four inputs in a row of (outputs, inputs) hold two zeros at least."""
    return weight.shape[1] % 4 == 0 and bool(((weight != 0).view(len(weight), -1, 4).sum(-1) <= 2).all())
