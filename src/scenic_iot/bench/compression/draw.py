"""The report's pictures: accuracy over sparsity, and accuracy over bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .cell import Row
from .figures import rate

_SETS = ("benchmark", "paper, decontaminated")
_MARKS = {"fp32": "o", "fp16": "s", "int8": "^", "int8-static": "v", "int4": "D"}


def draw_sparsity(rows: Sequence[Row], path: Path) -> None:
    """EM@1 with its interval over the sparsity asked for, int8, a line a method and schedule, as a PNG."""
    subjects, axes = _panels(rows)
    for panel, subject in zip(axes, subjects, strict=True):
        mine = [row for row in rows if row["subject"] == subject and row["precision"] == "int8" and _set(row)]
        lines: dict[str, list[Row]] = {}
        for row in mine:
            if row["sparsity"]:
                lines.setdefault(f"{row['method']}, {row['schedule']}", []).append(row)
        for label, line in lines.items():
            _line(panel, label, sorted(line, key=lambda row: row["sparsity"]))
        for row in mine:
            if row["method"] in ("dense", "control") and row["schedule"] == "none":
                style = ":" if row["method"] == "dense" else "--"
                panel.axhline(_em1(row), color="black", linestyle=style, linewidth=1, label=row["method"])
        panel.set_xlabel("zeros among the targeted weights, %")
        panel.legend(fontsize=6)
    _save(axes, path)


def draw_bytes(rows: Sequence[Row], path: Path) -> None:
    """EM@1 over the bytes of the packed files, a mark a precision, as a PNG."""
    subjects, axes = _panels(rows)
    for panel, subject in zip(axes, subjects, strict=True):
        for precision, mark in _MARKS.items():
            mine = [row for row in rows if row["subject"] == subject and row["precision"] == precision and _set(row)]
            if mine:
                sizes, rates = [row["packed"] / 1e6 for row in mine], [_em1(row) for row in mine]
                colours = [row["sparsity"] for row in mine]
                panel.scatter(sizes, rates, c=colours, vmin=0, vmax=90, marker=mark, s=18, label=precision)
        panel.set_xscale("log")
        panel.set_xlabel("packed, MB; darker: denser")
        if panel.collections:
            panel.legend(fontsize=6)
    _save(axes, path)


def _panels(rows: Sequence[Row]) -> tuple[list[str], list[Axes]]:
    subjects = list(dict.fromkeys(row["subject"] for row in rows))
    figure = Figure(figsize=(4.5 * max(1, len(subjects)), 4), layout="constrained")
    axes = list(figure.subplots(1, max(1, len(subjects)), squeeze=False)[0])
    for panel, subject in zip(axes, subjects, strict=False):
        name = next((_set(row) for row in rows if row["subject"] == subject and _set(row)), "")
        panel.set_title(f"{subject}, {name}", fontsize=8)
        panel.set_ylabel("EM@1, %")
        panel.grid(alpha=0.3)
    return subjects, axes[: len(subjects)]


def _save(axes: Sequence[Axes], path: Path) -> None:
    if axes:
        figure = axes[0].get_figure()
        assert isinstance(figure, Figure)
        figure.savefig(path, format="png", dpi=110)


def _line(panel: Axes, label: str, line: Sequence[Row]) -> None:
    values = [_em1(row) for row in line]
    found = [rate(row, _set(row), "EM@1") for row in line]
    errors = np.array([[100 * entry.value - 100 * entry.to_json()["low"] for entry in found if entry],
                       [100 * entry.to_json()["high"] - 100 * entry.value for entry in found if entry]])  # fmt: skip
    shares = [100 * row["zeros of targeted"] for row in line]
    panel.errorbar(shares, values, yerr=np.maximum(errors, 0), marker="o", markersize=3, linewidth=1, label=label)


def _set(row: Row) -> str:
    """The set that a subject is drawn by; "" where it was scored on none."""
    return next((name for name in _SETS if name in row.get("scores", {})), "")


def _em1(row: Row) -> float:
    found = rate(row, _set(row), "EM@1")
    return 100 * found.value if found else 0.0
