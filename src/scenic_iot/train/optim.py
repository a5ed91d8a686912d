"""What moves the weights: AdamW on a schedule, and their running average."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .recipe import TrainSettings


def make_optimizer(model: nn.Module, settings: TrainSettings, graphs: bool = False) -> torch.optim.AdamW:
    """AdamW; matrices decay, vectors do not. With `graphs` its steps can be recorded as CUDA graphs."""
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    rate = torch.tensor(settings.learning_rate, device=matrices[0].device) if graphs else settings.learning_rate
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), fused=True, capturable=graphs)


def learning_rate(settings: TrainSettings, step: int, total: int) -> float:
    """The rate of step `step` (from 0) of `total`: a linear rise, then the schedule down to its last step."""
    warmup = min(settings.warmup, total // 10)
    if step < warmup:
        return settings.learning_rate * (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1, total - warmup)
    falls = {"cosine": (1 + math.cos(math.pi * done)) / 2, "linear": 1 - done, "constant": 1.0}
    return settings.learning_rate * (settings.final + (1 - settings.final) * falls[settings.schedule])


class Average:
    """An exponential moving average of a model's weights; young averages forget faster. Decay 0 averages nothing."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._own = list(model.parameters())
        self.decay = decay
        self.values: list[Tensor] = [parameter.detach().clone() for parameter in self._own] if decay else []

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step `step` (from 0)."""
        if self.decay:
            decay = min(self.decay, (1 + step) / (10 + step))
            torch._foreach_lerp_(self.values, [parameter.detach() for parameter in self._own], 1 - decay)

    def apply(self) -> None:
        """Leave the average in the model, for good."""
        self._swap()

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model holds the average while this lasts."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for parameter, value in zip(self._own, self.values, strict=False):
            kept = parameter.detach().clone()
            parameter.copy_(value)
            value.copy_(kept)


@dataclass(frozen=True, slots=True)
class Learner:
    """A model with what moves its weights."""

    model: nn.Module
    optimizer: torch.optim.AdamW
    average: Average

    @classmethod
    def of(cls, model: nn.Module, settings: TrainSettings, graphs: bool = False) -> Learner:
        """A fresh optimizer and average for a model that is on its device already."""
        return cls(model, make_optimizer(model, settings, graphs), Average(model, settings.ema))

    def set_rate(self, rate: float) -> None:
        """The rate of learning of the next step."""
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate

    def load(self, state: dict[str, Any]) -> None:
        """Put back the optimizer's state; how it computes follows from where it is now, not from where it was."""
        computed = [{name: group[name] for name in ("lr", "capturable")} for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(state)
        for group, own in zip(self.optimizer.param_groups, computed, strict=True):
            group.update(own)
