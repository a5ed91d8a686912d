"""Drawing one of several, quickly."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of the options, all alike; several times as fast as `rng.choice`."""
    return options[int(rng.random() * len(options))]
