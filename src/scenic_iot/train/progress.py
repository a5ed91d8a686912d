"""Showing how training goes: a bar on a terminal, lines elsewhere; afterwards a summary and a picture."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUIET = 20.0  # seconds between lines where there is no terminal


@dataclass(frozen=True, slots=True)
class Point:
    """One entry of the record: after `step` steps, loss and sentences a second since the last entry; held-out loss and
    the share of held-out sentences written without a mistake, where they were scored."""

    step: int
    loss: float
    rate: float
    learning_rate: float
    held_out: float | None = None
    exact: float | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a training came to. `seconds` and `rate` (sentences a second) leave out the runs before an interruption."""

    name: str
    steps: int
    samples: int
    seconds: float
    rate: float
    loss: float
    held_out: float | None
    exact: float | None
    parameters: int
    device: str
    torch: str
    history: tuple[Point, ...] = field(repr=False, default=())

    def to_json(self) -> dict[str, Any]:
        """As plain values, the record last."""
        return asdict(self)


class Display:
    """A progress bar on standard error if that is a terminal, else a line now and then; nothing if `show` is false."""

    def __init__(self, total: int, show: bool = True) -> None:
        console = Console(stderr=True)
        self._lines = show and not console.is_terminal
        self._last = -QUIET
        self._bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not show or self._lines,
        )
        self._task = self._bar.add_task("", total=total, note="")
        self._total = total

    def __enter__(self) -> Display:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, point: Point) -> None:
        """Show the newest entry of the record."""
        note = f"loss {point.loss:.4f}  {point.rate:,.0f}/s"
        if point.exact is not None:
            note += f"  held out {point.held_out:.4f}, exact {point.exact:.2%}"
        self._bar.update(self._task, completed=point.step, note=note)
        important = point.exact is not None or point.step == self._total
        if self._lines and (important or time.monotonic() - self._last >= QUIET):
            self._last = time.monotonic()
            print(f"step {point.step:,} of {self._total:,}  {note}", file=sys.stderr, flush=True)


def write_summary(summary: Summary, folder: Path) -> None:
    """Write `summary.json` and the loss curve `loss.png`."""
    temporary = folder / "summary.json.part"
    temporary.write_text(json.dumps(summary.to_json(), indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, folder / "summary.json")
    if summary.history:
        draw(summary.history, folder / "loss.png")


def draw(history: Sequence[Point], path: Path) -> None:
    """Draw the losses (log scale) and the share of exact sentences over the steps, as a PNG."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([p.step for p in history], [p.loss for p in history], label="training", linewidth=1)
    scored = [(p.step, p.held_out, p.exact) for p in history if p.held_out is not None and p.exact is not None]
    if scored:
        steps, losses, exact = zip(*scored, strict=True)
        axes.plot(steps, losses, "o-", label="held out", markersize=3)
        right = axes.twinx()
        right.plot(steps, exact, "s:", color="tab:green", markersize=3)
        right.set_ylabel("exact, held out (dotted)")
        right.set_ylim(0, 1)
    axes.set_yscale("log")
    axes.set_xlabel("steps")
    axes.set_ylabel("loss per symbol")
    axes.legend(loc="upper right")
    figure.savefig(path, format="png")
