"""Tiny models with data to calibrate on: random tokens, and random rows that every family can write."""

from __future__ import annotations

import torch

from scenic_iot.train.dataset import Batch
from tests.model.tiny import FAMILIES, tiny

__all__ = ["FAMILIES", "batches", "tiny"]

ROWS = ([6, 8, 13, 19, 2], [7, 14, 20, 3, 6, 13, 21, 2], [4, 2], [6, 13, 22, 2])
"""Rows of the tiny models' grid: device, area, change, value; two actions; a refusal."""


def batches(count: int = 4, size: int = 8) -> list[Batch]:
    """Batches of `size` pairs, the same every time."""
    torch.manual_seed(5)
    made = []
    for _ in range(count):
        source = torch.randint(2, 50, (size, 9))
        target = torch.zeros(size, 8, dtype=torch.long)
        for row in range(size):
            symbols = ROWS[int(torch.randint(len(ROWS), ()))]
            target[row, : len(symbols)] = torch.tensor(symbols)
        made.append(Batch(source, target))
    return made
