"""When how much is pruned: all at once, or more and more while the rest learns to do without."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Shape = Literal["one-shot", "cubic", "steps"]
SHAPES: tuple[Shape, ...] = get_args(Shape)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The share of weights that is zero after each step of a recovery training.

    * one-shot: all before the first step.
    * cubic: s · (1 − (1 − t)³) (Zhu and Gupta 2017, arXiv 1710.01878), t from 0 to 1 over the first `until` of the
      training, so that most is pruned while most is left; the rest of the training recovers at full sparsity.
    * steps: the paper's progressive pruning, in `stages` equal parts (10, 20, 30, 40, 50%), each followed by as much
      training as the others.
    """

    shape: Shape
    sparsity: float
    """In the end, in [0, 1)."""
    steps: int
    """Of the training."""
    until: float = 0.7
    times: int = 12
    """How often masks are made under the cubic schedule."""
    stages: int = 5

    def at(self, step: int) -> float | None:
        """The sparsity to prune to before step `step` (from 0), or None where nothing changes then."""
        return self.changes().get(step)

    def changes(self) -> dict[int, float]:
        """Every step before which more is pruned, with the sparsity from then on."""
        if self.shape == "one-shot" or self.steps < 2:
            return {0: self.sparsity}
        if self.shape == "steps":
            parts = range(1, self.stages + 1)
            return {(part - 1) * self.steps // self.stages: self.sparsity * part / self.stages for part in parts}
        last = max(1, math.floor(self.until * self.steps))
        times = min(self.times, last)
        shares = [time / times for time in range(1, times + 1)]
        return {round(share * last): self.sparsity * (1 - (1 - share) ** 3) for share in shares}
