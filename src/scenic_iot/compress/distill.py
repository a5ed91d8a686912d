"""Distillation: a small model learns from the commands and from what a larger one thinks of every place (Hinton et al.
2015, arXiv 1503.02531)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from scenic_iot.model.base import PAD, Model, Output
from scenic_iot.train.objectives import cross_entropy


@dataclass(frozen=True, slots=True)
class Distillation:
    """(1 − weight) · cross-entropy + weight · T² · KL(teacher ‖ student), over the places that count.

    The teacher must be of the student's family and symbols, in evaluation mode, on the same device.
    """

    teacher: Model
    weight: float = 0.7
    temperature: float = 2.0
    label_smoothing: float = 0.0

    def __call__(self, model: nn.Module, source: Tensor, target: Tensor) -> Tensor:
        """The loss of a student on tokens (B, S) and the symbols (B, T) that it should write, as a scalar."""
        output: Output = model(source, target)
        with torch.no_grad():
            taught: Output = self.teacher(source, target)
        student = functional.log_softmax(output.logits.float() / self.temperature, dim=-1)
        teacher = functional.log_softmax(taught.logits.float() / self.temperature, dim=-1)
        counted = output.gold != PAD  # the rest is weighed with 0: picking places would wait for the device
        apart = functional.kl_div(student, teacher, reduction="none", log_target=True).sum(-1)
        distance = (apart * counted).sum() / counted.sum().clamp(min=1)
        hard = cross_entropy(output, self.label_smoothing)
        return (1 - self.weight) * hard + self.weight * self.temperature**2 * distance
