"""The order of a contrastive training's rows: those of a command come in twos, near commands stand together.

A batch is then cut as always. In it most rows have a positive (the same command) and hard negatives (the same device,
another area, attribute or value) without anything being encoded twice, and every row is still seen once an epoch. Made
on the device where the rows are, by sorting; some milliseconds for a million rows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from scenic_iot.model.base import PAD

NEIGHBOURS = 8
"""Twos of related commands that stand together; blocks of them are in random order."""


def keys(target: Tensor) -> Tensor:
    """A number (N,) for each row of symbols (N, T): equal rows have equal ones, padding counts for nothing, and rows of
    nothing but padding have 0. Different rows collide with a chance of about 2⁻⁶⁴."""
    places = torch.arange(1, target.shape[1] + 1, device=target.device)
    mixed = _mix(target.long() * 0x9E3779B1 + places * 0x85EBCA77)
    return torch.where(target == PAD, 0, mixed).sum(dim=1)


def arrange(target: Tensor, order: Tensor) -> Tensor:
    """`order` (N,), a random order of rows of symbols (N, T), rearranged; as random in all else.

    Rows of a command are taken in twos, in their random order. The twos of one first symbol (a device, or a reason to
    refuse) are cut into blocks of `NEIGHBOURS`, and the blocks put in random order.
    """
    random = order
    key, within = torch.sort(keys(target)[order], stable=True)
    order = order[within]
    count = torch.arange(len(order), device=order.device)
    begins = torch.ones_like(key, dtype=torch.bool)
    begins[1:] = key[1:] != key[:-1]
    first = torch.where(begins, count, 0).cummax(dim=0).values
    leads = (count - first) % 2 == 0  # the first row of a two
    two = leads.cumsum(dim=0) - 1
    leaders = order[leads]
    rank = torch.empty_like(order)
    rank[random] = count
    shuffled = leaders[rank[leaders].argsort()]
    placed = shuffled[torch.sort(target[shuffled, 0], stable=True).indices]  # those of one first symbol together
    place = count[: len(placed)]
    # A block's lot is the rank of its first: kinds are mixed in every batch as in the whole.
    lot = rank[placed[place - place % NEIGHBOURS]] * NEIGHBOURS + place % NEIGHBOURS
    of_leader = torch.empty_like(order)
    of_leader[placed] = lot
    return order[torch.sort(of_leader[leaders][two], stable=True).indices]


def _mix(value: Tensor) -> Tensor:
    """Numbers scrambled (the finaliser of MurmurHash3, on int64 that wrap around)."""
    value = (value ^ (value >> 33)) * -49064778989728563
    value = (value ^ (value >> 33)) * -4265267296055464877
    return value ^ (value >> 33)
