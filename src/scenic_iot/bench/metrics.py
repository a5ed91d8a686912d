"""Exact match, refusals and their intervals, counted as `shared/tools/score.py` does."""

from __future__ import annotations

import math
from dataclasses import dataclass


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson score interval of hits out of total (Wilson 1927), as two fractions."""
    if total == 0:
        return 0.0, 1.0
    p = hits / total
    centre = (p + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half))  # all of 200 would end just below 1


def key(command: str) -> str:
    """What two commands are compared by: every rejection counts as one."""
    return "reject" if command.startswith("reject") else " ".join(command.split())


@dataclass(slots=True)
class Rate:
    """Hits out of a total."""

    hits: int = 0
    total: int = 0

    def count(self, hit: bool) -> None:
        self.hits += hit
        self.total += 1

    @property
    def value(self) -> float:
        """The fraction, 0 of nothing."""
        return self.hits / self.total if self.total else 0.0

    def __str__(self) -> str:
        if not self.total:
            return "-"
        low, high = wilson(self.hits, self.total)
        return f"{100 * self.value:.2f}% [{100 * low:.1f}, {100 * high:.1f}]"

    def to_json(self) -> dict[str, float | int]:
        low, high = wilson(self.hits, self.total)
        return {"hits": self.hits, "total": self.total, "rate": self.value, "low": low, "high": high}
