"""Pruning a model: observe, score, mask. One call for all families and methods; `recover` trains what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from scenic_iot.model.base import Model
from scenic_iot.train.dataset import Batch

from .mask import Granularity, Masks, apply_masks, make_masks, two_of_four
from .observe import second_moments
from .score import Criterion, score
from .sparsegpt import sparsegpt

Method = Literal["magnitude", "magnitude-global", "wanda", "gradient", "sparsegpt", "2:4", "2:4-wanda", "2:4-sparsegpt"]
METHODS: tuple[Method, ...] = get_args(Method)
_CRITERIA: dict[Method, tuple[Criterion, Granularity]] = {
    "magnitude": ("magnitude", "layer"),
    "magnitude-global": ("magnitude", "global"),
    "wanda": ("wanda", "row"),
    "gradient": ("gradient", "global"),
    "2:4": ("magnitude", "row"),
    "2:4-wanda": ("wanda", "row"),
}
"""What each method scores by, and among which weights it compares. Wanda compares within an output, as its authors do;
estimates of the loss are of one unit everywhere, so they are compared over the whole model."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """How a model is pruned."""

    method: Method
    sparsity: float
    """Share of the weights in scope, in [0, 1); 2:4 is always 0.5."""
    heads: bool = False
    """Whether an untied output layer is pruned as well."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method: {self.method!r} is none of {', '.join(METHODS)}")
        if not 0 <= self.sparsity < 1:
            raise ValueError(f"sparsity: {self.sparsity} is not in [0, 1)")
        if self.patterned and self.sparsity != 0.5:
            raise ValueError(f"sparsity: {self.method} is 0.5, not {self.sparsity}")

    @property
    def patterned(self) -> bool:
        """Whether two of every four inputs stay."""
        return self.method.startswith("2:4")


def prune(model: Model, pruning: Pruning, batches: Sequence[Batch], kept: Masks | None = None) -> Masks:
    """Set weights of the model to zero, in place, and give the masks.

    Args:
        batches: calibration data on the model's device.
        kept: earlier masks; what they left out stays out.
    """
    if pruning.method.endswith("sparsegpt"):
        moments = second_moments(model, batches, heads=pruning.heads)
        return sparsegpt(model, moments, None if pruning.patterned else pruning.sparsity)
    criterion, granularity = _CRITERIA[pruning.method]
    scores = score(model, criterion, batches, heads=pruning.heads)
    if kept is not None:
        scores = {name: _below(values, kept[name]) for name, values in scores.items()}
    masks = two_of_four(scores) if pruning.patterned else make_masks(scores, pruning.sparsity, granularity)
    apply_masks(model, masks)
    return masks


def _below(scores: Tensor, kept: Tensor) -> Tensor:
    """Scores in which what was left out before comes first; scores are at least 0."""
    return scores.masked_fill(~kept, -1.0)
