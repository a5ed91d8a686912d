"""What follows from rows taken together: changed commands, bytes against a named base, speed against dense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scenic_iot.bench.metrics import Rate
from scenic_iot.compress.books import fewer

from .cell import Row


def completed(rows: Sequence[Row]) -> list[Row]:
    """The rows with what compares them to others of their subject, and without the checksums it is told from."""
    return [_complete(row, rows) for row in rows]


def base(rows: Sequence[Row], subject: str, precision: str) -> Row | None:
    """The dense row of a subject in a precision, if it is there and could be made."""
    for row in rows:
        if (row["subject"], row["method"], row["schedule"], row["precision"]) == (subject, "dense", "none", precision):
            return None if "error" in row else row
    return None


def rate(row: Row, name: str, measure: str) -> Rate | None:
    """A measure of a row on a set; None where it was not scored."""
    found: Mapping[str, Any] | None = row.get("scores", {}).get(name, {}).get(measure)
    return None if found is None else Rate(found["hits"], found["total"])


def pooled(row: Row, names: Sequence[str], measure: str) -> Rate | None:
    """A measure over several sets together."""
    found = [entry for name in names if (entry := rate(row, name, measure)) is not None]
    return Rate(sum(r.hits for r in found), sum(r.total for r in found)) if found else None


def set_names(rows: Sequence[Row]) -> list[str]:
    """The sets that any row was scored on, in their order."""
    return list(dict.fromkeys(name for row in rows for name in row.get("scores", {})))


def _complete(row: Row, rows: Sequence[Row]) -> Row:
    done = {name: value for name, value in row.items() if name != "tops"}
    if "error" in row:
        return done
    full, half = (base(rows, row["subject"], precision) for precision in ("fp32", "fp16"))
    if full is not None:
        done["changed from dense FP32, %"] = _changed(row, full)
        done["bytes of dense FP32"] = full["bytes"]
        done["fewer bytes than dense FP32, %"] = round(fewer(row["bytes"], full["bytes"]), 2)
        done["packed, fewer bytes than dense FP32, %"] = round(fewer(row["packed"], full["bytes"]), 2)
        if "ms" in row and "ms" in full:
            done["encoder, times as fast as dense FP32"] = round(full["ms"]["encoder"] / row["ms"]["encoder"], 2)
    if half is not None:
        done["bytes of dense FP16"] = half["bytes"]
        done["fewer bytes than dense FP16, %"] = round(fewer(row["bytes"], half["bytes"]), 2)
    own = next((other for other in rows if _same_model(row, other) and other["precision"] == "fp32"), None)
    if own is not None and "error" not in own:
        done["changed from its own FP32, %"] = _changed(row, own)
    return done


def _changed(row: Row, other: Row) -> float | None:
    """Percent of all rows scored to which the best answers differ."""
    one: list[int] = row["tops"]
    two: list[int] = other["tops"]
    if len(one) != len(two) or not one:
        return None
    return round(100 * sum(a != b for a, b in zip(one, two, strict=True)) / len(one), 3)


def _same_model(row: Row, other: Row) -> bool:
    return all(row[name] == other[name] for name in ("subject", "method", "sparsity", "schedule"))
