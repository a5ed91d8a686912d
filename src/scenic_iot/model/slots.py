"""Rows of symbols as grids, many at once: what the encoder-only model is taught. See `scenic_iot.command.grid`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from scenic_iot.command.grid import DEVICE, NONE
from scenic_iot.text.clausegrid import Layout

from .base import PAD

_KINDS = "pbe;rd@-c?tv"
_CHUNK = 65_536  # rows checked at a time
_BETWEEN, _REJECTED, _VALUED = (_KINDS.index(kind) for kind in ";rc")


class GridTargets(nn.Module):
    """The layout as tensors. It has no weights, and its tensors are no part of a checkpoint."""

    kinds: Tensor
    begins: Tensor
    ends: Tensor
    first: Tensor

    def __init__(self, grid: Layout) -> None:
        super().__init__()
        self.grid = grid
        self._reached: dict[tuple[int, torch.device], Tensor] = {}  # copying one to a GPU each time would wait for it
        # The place that a kind of symbol begins a run at, -1 for what goes on with one.
        bounds = (*grid.runs, grid.places)
        ends = [min(bound for bound in bounds if bound > place) for place in range(grid.places)]
        constants = {
            "kinds": [_KINDS.index(kind) for kind in grid.kinds],
            "begins": [grid.begins.get(kind, -1) for kind in _KINDS],
            "ends": ends,  # of the run that each place belongs to
            "first": [place in grid.runs for place in range(grid.places)],
        }
        for name, value in constants.items():
            self.register_buffer(name, torch.tensor(value), persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        """The grids (B, slots * places) of rows (B, T): symbols, `NONE`, and 0 in what is not asked for."""
        grid, rows = self.grid, rows.long()
        slot, place, _, counted = self._placed(rows)
        size = grid.slots * grid.places
        index = torch.where(counted, (slot * grid.places + place).clamp(0, size - 1), size)  # the last is thrown away
        cells = rows.new_zeros(len(rows), size + 1).scatter_(1, index, rows)[:, :-1]
        cells = cells.view(-1, grid.slots, grid.places)
        filled = cells != PAD
        present = filled[:, :, DEVICE]
        rejected = (self.kinds[cells[:, :1, DEVICE]] == _REJECTED)[:, :, None]
        asked = (self.first | functional.pad(filled[:, :, :-1], (1, 0))) & present[:, :, None]
        asked[:, 1:, DEVICE] = present[:, :-1]  # whether there is one more action
        return torch.where(asked & ~filled & ~rejected, NONE, cells).flatten(1)

    def reached(self, length: int) -> Tensor:
        """The cells, counted slot by slot, that any row of `length` symbols can fill or ask for; (L,), ascending."""
        key = length, self.kinds.device
        if key not in self._reached:
            self._reached[key] = torch.tensor(self.grid.reached(length), device=self.kinds.device)
        return self._reached[key]

    def check(self, rows: Tensor) -> None:
        """Raise ValueError where a row (B, T) does not fit."""
        for part in torch.split(rows, _CHUNK):
            slot, place, end, counted = self._placed(part.long())
            amiss = (counted & ((place >= end) | (slot >= self.grid.slots))).any(dim=1)
            if bool(amiss.any()):
                row = part[amiss][0]
                raise ValueError(f"no grid of {self.grid.limits} holds the row {row[row != PAD].tolist()}")

    def _placed(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Slot and place of each symbol, the end of its run, and whether it has a cell at all; each (B, T)."""
        kinds = self.kinds[rows]
        before = functional.pad(kinds[:, :-1], (1, 0), value=_BETWEEN)
        begins = torch.where(before == _VALUED, self.grid.value, self.begins[kinds])  # a value may be any word
        begins = torch.where(before == _BETWEEN, DEVICE, begins)
        time = torch.arange(rows.shape[1], device=rows.device).expand_as(rows)
        last = torch.where(begins >= 0, time, 0).cummax(dim=1).values  # where the run began
        start = begins.gather(1, last)
        return (kinds == _BETWEEN).cumsum(dim=1), start + time - last, self.ends[start], kinds > _BETWEEN
