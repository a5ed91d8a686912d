"""Are two ways different on the same sentences? A paired bootstrap over sentences and seeds, and McNemar's test."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2_000
Hits = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Difference:
    """`second` minus `first`, as shares: mean, 95% interval, and how likely so large a mean is by chance."""

    mean: float
    low: float
    high: float
    p: float


def bootstrap(first: Hits, second: Hits, seed: int = 0) -> Difference:
    """The difference of hits (seeds, sentences), sentences and seeds drawn anew (Efron and Tibshirani 1993).

    Seeds are paired as sentences are: the same data, first weights and order. p is two-sided.
    """
    rng = np.random.default_rng(seed)
    gaps = second.astype(np.float32) - first.astype(np.float32)
    seeds, sentences = gaps.shape
    means = np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        drawn = gaps[rng.integers(0, seeds, seeds)].mean(axis=0)
        means[place] = drawn[rng.integers(0, sentences, sentences)].mean()
    low, high = np.quantile(means, (0.025, 0.975))
    p = 2 * min(float((means <= 0).mean()), float((means >= 0).mean()))
    return Difference(float(gaps.mean()), float(low), float(high), min(p, 1.0))


def mcnemar(first: Hits, second: Hits) -> float:
    """The exact two-sided p of McNemar's test (1947) on hits (N,): of the sentences on which two ways differ, how
    evenly the hits fall."""
    better, worse = int((second & ~first).sum()), int((first & ~second).sum())
    total, fewer = better + worse, min(better, worse)
    if not total:
        return 1.0
    logs = [math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) for k in range(fewer + 1)]
    return min(1.0, 2 * sum(math.exp(entry - total * math.log(2)) for entry in logs))
