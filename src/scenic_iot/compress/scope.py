"""Which weights are pruned, and how many are zero: one scope for every family.

The matrices of linear layers are in it; embeddings, positions, norms and the layer that writes symbols stay dense,
unless `heads` asks for that layer too (it is a matrix of its own only where it is not tied to the embedding).
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from scenic_iot.model.base import Model

HEAD = "output"
"""The name of an untied output layer in every family."""


def linear_layers(model: Model, *, heads: bool = False) -> dict[str, nn.Linear]:
    """The linear layers in scope by their names, in the model's order."""
    layers = {name: module for name, module in model.named_modules() if isinstance(module, nn.Linear)}
    return {name: layer for name, layer in layers.items() if heads or name != HEAD}


@dataclass(frozen=True, slots=True)
class Sparsity:
    """Zeros among the weights in scope and among all parameters of the model."""

    targeted: int
    targeted_zero: int
    whole: int
    whole_zero: int

    @property
    def of_targeted(self) -> float:
        """Share of the weights in scope that are zero."""
        return self.targeted_zero / self.targeted

    @property
    def of_whole(self) -> float:
        """Share of all parameters that are zero."""
        return self.whole_zero / self.whole

    def __str__(self) -> str:
        return f"{self.of_targeted:.1%} of the targeted weights, {self.of_whole:.1%} of the whole model"


def count_zeros(model: Model, *, heads: bool = False) -> Sparsity:
    """The sparsity that there really is, counted on the weights."""
    layers = linear_layers(model, heads=heads).values()
    zeros = [int((layer.weight == 0).sum()) for layer in layers]
    parameters = list(model.parameters())
    return Sparsity(
        targeted=sum(layer.weight.numel() for layer in layers),
        targeted_zero=sum(zeros),
        whole=sum(parameter.numel() for parameter in parameters),
        whole_zero=sum(int((parameter == 0).sum()) for parameter in parameters),
    )
