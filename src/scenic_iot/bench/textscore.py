"""Exact match of responses, compared in one form: see `textpairs.pair.COMPARED`."""

from __future__ import annotations

from collections.abc import Sequence

from scenic_iot.textpairs.pair import compared

from .metrics import Rate


def exact_match(right: Sequence[str], answers: Sequence[Sequence[str]]) -> tuple[Rate, Rate]:
    """EM@1 and EM@5: how often the right response is the first of the answers, and how often among the first five."""
    em1, em5 = Rate(), Rate()
    for response, ranked in zip(right, answers, strict=True):
        hits = [compared(answer) == compared(response) for answer in ranked[:5]]
        em1.count(any(hits[:1]))
        em5.count(any(hits))
    return em1, em5
