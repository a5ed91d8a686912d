"""Several processes that train one model together, each on its part of every batch; through `accelerate`.

    accelerate launch --num_processes 4 -m scenic_iot.cli train recipes/default.yaml

Each process has the whole model and all data, and steps with the same gradients, so all stay equal and only the first
writes. Gradients travel as one vector: models are a few million numbers, so there is nothing to overlap or to shard.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from .dataset import Batch


class Processes:
    """This process among those that were launched; alone without any."""

    rank, count = 0, 1

    def __init__(self, accelerator: Any = None) -> None:
        """`accelerator` is an `accelerate.Accelerator`, or None where there is no other process."""
        self._accelerator = accelerator
        if accelerator is not None:
            self.rank, self.count = int(accelerator.process_index), int(accelerator.num_processes)

    @classmethod
    def launched(cls, cpu: bool = False) -> Processes:
        """Those that `accelerate launch` or `torchrun` started, on GPUs unless `cpu`."""
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return cls()
        from accelerate import Accelerator  # noqa: PLC0415 - takes a second, and is seldom needed

        return cls(Accelerator(cpu=cpu))

    @property
    def main(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    @property
    def device(self) -> torch.device | None:
        """This process's device; None where it is alone."""
        return None if self._accelerator is None else torch.device(self._accelerator.device)

    def main_first(self) -> contextlib.AbstractContextManager[object]:
        """A context that the others enter when the first has left it."""
        if self._accelerator is None:
            return contextlib.nullcontext()
        made: contextlib.AbstractContextManager[object] = self._accelerator.main_process_first()
        return made

    def part(self, batch: Batch) -> Batch:
        """This process's rows of a batch, next to each other; all where there are fewer rows than processes."""
        if self.count == 1 or len(batch.source) < self.count:
            return batch
        source, target = (torch.tensor_split(rows, self.count)[self.rank] for rows in (batch.source, batch.target))
        return Batch(source, target)

    def vary(self, step: int) -> None:
        """Give the processes different random numbers, for dropout, from step `step` on."""
        if self.rank:
            torch.manual_seed(1_000_003 * step + self.rank)

    def average(self, parameters: Iterable[nn.Parameter], loss: Tensor, weight: Tensor) -> Tensor:
        """Put the mean gradients of all processes into the parameters; returns the mean of the losses.

        A process counts by its `weight`, a scalar: with the number of places that its loss is a mean over, the result
        is that of one process with the whole batch.
        """
        if self._accelerator is None:
            return loss
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        ends = [loss.reshape(1).float(), torch.ones(1, device=loss.device)]
        mine = torch.cat([*(gradient.flatten() for gradient in gradients), *ends]) * weight
        total: Tensor = self._accelerator.reduce(mine, reduction="sum")
        mean = total / total[-1].clamp(min=1e-9)
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, part in zip(gradients, torch.split(mean[:-2], sizes), strict=True):
            gradient.copy_(part.view_as(gradient))
        return mean[-2]


ALONE = Processes()
