"""What was to be reached, and whether it was: each with the rows that it is told from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .cell import Row
from .figures import base, pooled, rate
from .sweep import PAPER

PAPER_SET = "paper, decontaminated"
SMALL, LARGE = 2_000_000, 5_000_000
"""Bytes of the bundled model, and of what it is compared with."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal and its best row."""

    what: str
    found: str
    reached: bool | None
    """None: no row to tell it from."""


def goals(rows: Sequence[Row], people: Sequence[str]) -> list[Goal]:
    """The goals, told from completed rows; `people` are the sets of people's sentences."""
    good = [row for row in rows if "error" not in row]
    return [_paper_half(good), _paper_ninety(good), _encoder(good, people), _bundled(good, people)]


def _paper_half(rows: Sequence[Row]) -> Goal:
    what = (
        "50% pruned INT8 encoder-decoder on the paper's benchmark, decontaminated: EM@1 98.0%, EM@5 99.5%, packed at "
        "least 80% fewer bytes than its dense FP32 export (the paper: 91.0% and 99.0%, contaminated)"
    )
    chosen = [row for row in rows if _is(row, PAPER, 50, "int8") and not row["method"].startswith("2:4")]
    best = max(chosen, key=lambda row: _hits(row, "EM@1"), default=None)
    if best is None:
        return Goal(what, "not measured", None)
    one, five = rate(best, PAPER_SET, "EM@1"), rate(best, PAPER_SET, "EM@5")
    assert one is not None
    assert five is not None
    saved = float(best.get("packed, fewer bytes than dense FP32, %", 0))
    reached = one.value >= 0.98 and five.value >= 0.995 and saved >= 80
    told = f"{best['name']}, best of {len(chosen)}: EM@1 {one}, EM@5 {five}, {saved:.1f}% fewer bytes than dense FP32"
    return Goal(what, told, reached)


def _paper_ninety(rows: Sequence[Row]) -> Goal:
    what = "90% pruned with at most 2 points lost on the paper's benchmark, decontaminated, INT8"
    chosen = [row for row in rows if _is(row, PAPER, 90, "int8")]
    best, dense = max(chosen, key=lambda row: _hits(row, "EM@1"), default=None), base(rows, PAPER, "int8")
    one = best and rate(best, PAPER_SET, "EM@1")
    two = dense and rate(dense, PAPER_SET, "EM@1")
    if not best or not one or not two:
        return Goal(what, "not measured", None)
    lost = 100 * (two.value - one.value)
    told = f"{best['name']}, best of {len(chosen)}: EM@1 {one}, {lost:.1f} points less than dense INT8"
    return Goal(what, told, lost <= 2)


def _encoder(rows: Sequence[Row], people: Sequence[str]) -> Goal:
    what = "the encoder at least 3 times as fast on a core as the dense FP32 one, at most 1 point of EM@1 lost"
    sets = [PAPER_SET, "benchmark", *people]
    found = []
    for row in rows:
        dense, speed = base(rows, row["subject"], "fp32"), row.get("encoder, times as fast as dense FP32")
        one, two = pooled(row, sets, "EM@1"), dense and pooled(dense, sets, "EM@1")
        if speed is not None and one and two:
            found.append((100 * (two.value - one.value) <= 1, speed, f"{row['subject']} {row['name']}", one, two))
    if not found:
        return Goal(what, "not measured", None)
    kept, speed, name, one, two = max(found, key=lambda entry: entry[:2])
    told = f"{name}: {speed:.1f} times as fast, EM@1 {one} where dense FP32 has {two}, all its sets together"
    return Goal(what, told, kept and speed >= 3)


def _bundled(rows: Sequence[Row], people: Sequence[str]) -> Goal:
    what = (
        f"the best of at most {SMALL / 1e6:.0f} MB (packed) within half a point of the best under "
        f"{LARGE / 1e6:.0f} MB, on people's sentences"
    )
    small, large = (_picked(rows, people, most) for most in (SMALL, LARGE))
    if small is None or large is None:
        return Goal(what, "not measured", None)
    told = " and ".join(
        f"{row['subject']} {row['name']} {100 * value:.2f}% with {row['packed']:,} bytes"
        for value, row in (small, large)
    )
    return Goal(what, f"{told}, each picked by the benchmark", 100 * (large[0] - small[0]) <= 0.5)


def _picked(rows: Sequence[Row], people: Sequence[str], most: int) -> tuple[float, Row] | None:
    """The row of at most so many bytes that is best on the benchmark, and how it does on people's sentences: what is
    picked by a set cannot be measured on it."""
    found = [
        (chosen.value, asked.value, row)
        for row in rows
        if row["packed"] <= most
        and (chosen := pooled(row, ["benchmark", "written"], "EM@1")) is not None
        and (asked := pooled(row, people, "EM@1")) is not None
    ]
    best = max(found, key=lambda entry: entry[0], default=None)
    return None if best is None else best[1:]


def _is(row: Row, subject: str, sparsity: int, precision: str) -> bool:
    return (row["subject"], row["sparsity"], row["precision"]) == (subject, sparsity, precision)


def _hits(row: Row, measure: str) -> float:
    found = rate(row, PAPER_SET, measure)
    return found.value if found else 0.0
