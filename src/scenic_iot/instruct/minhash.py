"""Near duplicates among many texts: MinHash with locality-sensitive hashing proposes pairs, exact counting decides.

A MinHash is the first of a text's grams under a random order of all grams; two texts have the same with a chance equal
to their likeness. `rows` of them side by side are a band, and texts that agree in any of `bands` bands are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .pairfile import Progress, silent
from .similar import Numbers, Shingles, spread

HASHES = 256
MISSED = 1e-3
"""The largest chance that a pair exactly as alike as the threshold is never compared."""
_BLOCK = 256
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplying loses nothing


def shape(threshold: float) -> tuple[int, int]:
    """(bands, rows in a band): the longest bands, hence the fewest needless comparisons, that miss next to nothing."""
    best = (HASHES, 1)
    for rows in range(2, 33):
        bands = HASHES // rows
        if (1 - threshold**rows) ** bands > MISSED:
            break
        best = (bands, rows)
    return best


def nearest(
    shingles: Shingles, queries: Numbers, pool: Numbers, threshold: float, progress: Progress = silent
) -> dict[int, tuple[int, float]]:
    """query -> (the text of the pool most like it, likeness), where that is at least the threshold.

    `queries` and `pool` are places of texts in `shingles`; of equally alike texts the first in the pool is named.
    """
    queries, pool = queries[shingles.sizes[queries] > 0], pool[shingles.sizes[pool] > 0]
    if not len(queries) or not len(pool):
        return {}
    keys = _keys(shingles, np.concatenate([queries, pool]), threshold, progress)
    asked, kept = keys[:, : len(queries)], keys[:, len(queries) :]
    orders = np.argsort(kept, axis=1, kind="stable")
    kept = np.take_along_axis(kept, orders, axis=1)
    found: dict[int, tuple[int, float]] = {}
    for first in range(0, len(queries), _BLOCK):
        block = asked[:, first : first + _BLOCK]
        candidates = np.zeros(0, dtype=np.int64)
        for band, order, ask in zip(kept, orders, block, strict=True):
            low, high = np.searchsorted(band, ask, "left"), np.searchsorted(band, ask, "right")
            who = np.repeat(np.arange(len(ask)), high - low)
            candidates = np.union1d(candidates, who * len(pool) + order[spread(low, high - low)])
        for row, others in _by_query(candidates, len(pool)):
            query, places = int(queries[first + row]), pool[others]
            mine, theirs = shingles.sizes[query], shingles.sizes[places]
            # the smaller set over the larger is the most that two texts can be alike
            likely = np.minimum(mine, theirs) >= threshold * np.maximum(mine, theirs) - 1e-9
            places = places[likely]
            if len(places):
                alike = shingles.likeness(query, places)
                best = int(np.argmax(alike))
                if alike[best] >= threshold:
                    found[query] = (int(places[best]), float(alike[best]))
        progress("comparing", min(first + _BLOCK, len(queries)), len(queries))
    return found


def _keys(shingles: Shingles, rows: Numbers, threshold: float, progress: Progress) -> NDArray[np.uint64]:
    """One number a band and text; equal where the whole band is equal."""
    bands, length = shape(threshold)
    rng = np.random.default_rng(20)
    sizes = shingles.sizes[rows]
    ids = shingles.ids[spread(shingles.starts[rows], sizes)]
    starts = np.cumsum(sizes) - sizes
    keys = np.zeros((bands, len(rows)), dtype=np.uint64)
    for band in range(bands):
        for _ in range(length):
            order = rng.permutation(shingles.vocabulary).astype(np.uint32)
            smallest = np.minimum.reduceat(order[ids], starts)
            keys[band] = (keys[band] ^ smallest) * _MULTIPLIER
            keys[band] ^= keys[band] >> np.uint64(29)
        progress("hashing", band + 1, bands)
    return keys


def _by_query(codes: Numbers, width: int) -> list[tuple[int, Numbers]]:
    """Sorted codes `query * width + other`, apart by query."""
    if not len(codes):
        return []
    rows, others = np.divmod(codes, width)
    cuts = np.flatnonzero(np.diff(rows)) + 1
    names = rows[np.concatenate([[0], cuts])].tolist()
    return list(zip(names, np.split(others, cuts), strict=True))
