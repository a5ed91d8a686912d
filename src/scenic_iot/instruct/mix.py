"""What a data set is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mix:
    """What a data set is made of. Shares of 1 unless said otherwise."""

    out_of_scope: float = 0.23
    unsupported: float = 0.08
    ambiguous: float = 0.05
    actions: tuple[float, ...] = (0.70, 0.19, 0.07, 0.025, 0.015)
    """Sentences of 1, 2 … 5 orders among those that are commands."""
    schedule: float = 0.14
    frame: float = 0.34
    wake: float = 0.12
    filler: float = 0.05
    correction: float = 0.04
    context: float = 0.09
    """Share of single orders with a remark before or after that changes nothing."""
    reason: float = 0.05
    """Share of commands with a need or complaint before or after the order: one action all the same."""
    span: float = 0.03
    slip: float = 0.12
    name: float = 0.13
    """Share of devices, and of half as many places, said by a name of the home's own: a placeholder in the text."""
    zh: float = 0.5
    """Share of Chinese when both languages are asked for."""
