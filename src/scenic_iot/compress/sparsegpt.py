"""SparseGPT (Frantar and Alistarh 2023, arXiv 2301.00774): prune a layer so that its outputs change least.

Columns are gone through from left to right; what a pruned weight would have given is made up for by the weights to its
right, through the inverse Hessian of the layer's squared error. Masks are chosen block by block, from the weights as
they are by then. Works on one layer at a time, in float32, on the device of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from scenic_iot.model.base import Model

from .mask import Masks, make_masks, two_of_four
from .scope import linear_layers

_BLOCK = 128
_DAMPING = 0.01
"""Share of the mean diagonal that is added to it, as in the original."""


@torch.no_grad()
def sparsegpt(model: Model, moments: Mapping[str, Tensor], sparsity: float | None) -> Masks:
    """Prune the layers that `moments` (see `observe.second_moments`) names, changing what stays; None is 2:4."""
    layers = linear_layers(model, heads=True)
    masks: Masks = {}
    for name, moment in moments.items():
        weight, masks[name] = prune_matrix(layers[name].weight.detach().float(), moment, sparsity)
        layers[name].weight.copy_(weight)
    return masks


def prune_matrix(weight: Tensor, moment: Tensor, sparsity: float | None) -> tuple[Tensor, Tensor]:
    """The pruned weight (outputs, inputs) and its mask, for inputs of the second moment (inputs, inputs)."""
    weight, hessian = weight.clone(), moment.clone()
    dead = hessian.diagonal() == 0  # inputs that never were: their weights do nothing
    hessian.diagonal()[dead] = 1
    weight[:, dead] = 0
    hessian.diagonal().add_(_DAMPING * hessian.diagonal().mean())
    root = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(hessian)), upper=True)
    mask = torch.ones_like(weight, dtype=torch.bool)
    for first in range(0, weight.shape[1], _BLOCK):
        last = min(first + _BLOCK, weight.shape[1])
        block, inverse = weight[:, first:last].clone(), root[first:last, first:last]
        scores = {"": (block / inverse.diagonal()).square()}
        kept = (two_of_four(scores) if sparsity is None else make_masks(scores, sparsity, "layer"))[""]
        errors = torch.zeros_like(block)
        for column in range(last - first):
            pruned = block[:, column] * kept[:, column]
            error = (block[:, column] - pruned) / inverse[column, column]
            block[:, column:] -= error[:, None] * inverse[column, column:]
            block[:, column] = pruned
            errors[:, column] = error
        weight[:, first:last], mask[:, first:last] = block, kept
        weight[:, last:] -= errors @ root[first:last, last:]
    return weight * mask, mask
