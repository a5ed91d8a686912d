"""The report on calibration for readers: Markdown, JSON and a picture. Needs matplotlib, of the extra `train`."""

from __future__ import annotations

import json
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .calibration import BINS, Judged, Report
from .report import table


def text_table(report: Report) -> str:
    """A row before, a row after."""
    head = ("", "calibration error", "EM@1", "wrongly refused", "refusals met", "harm done")
    return table(head, [_cells(name, judged) for name, judged in _both(report)])


def write(report: Report, folder: Path) -> list[Path]:
    """Write `calibration.md`, `.json` and `.png`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"calibration.{kind}" for kind in ("md", "json", "png")]
    head = "| | calibration error | EM@1 | wrongly refused | refusals met | harm done |\n|" + " --- |" * 6
    rows = [f"| {' | '.join(_cells(name, judged))} |" for name, judged in _both(report)]
    about = ", ".join(f"{name} {value}" for name, value in report.about.items())
    note = f"Expected calibration error over {BINS} equal-width bins. Commands are done from {report.threshold} on."
    paths[0].write_text("\n".join([head, *rows, "", f"{note} {about}.", ""]), encoding="utf-8")
    paths[1].write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    figure = Figure(figsize=(11, 4), layout="constrained")
    axes = figure.subplots(1, 3)
    for place, (name, judged) in zip(axes, _both(report), strict=False):
        _reliability(place, name, judged)
    _curve(axes[2], report)
    figure.savefig(paths[2], format="png", dpi=120)
    return paths


def _both(report: Report) -> list[tuple[str, Judged]]:
    return [("before", report.before), ("after", report.after)]


def _cells(name: str, judged: Judged) -> tuple[str, ...]:
    score = judged.score
    rates = (score.em1, score.wrongly_refused, score.rejections, judged.harm)
    return (name, f"{judged.error:.4f}", *map(str, rates))


def _reliability(axes: Axes, name: str, judged: Judged) -> None:
    """Accuracy by confidence, with the share of rows in each bin."""
    total = sum(entry.rows for entry in judged.bins)
    lows = [entry.low for entry in judged.bins]
    axes.bar(lows, [e.accuracy for e in judged.bins], 1 / BINS, align="edge", alpha=0.6, edgecolor="white")
    axes.plot([e.confidence for e in judged.bins], [e.accuracy for e in judged.bins], "o-", markersize=3, color="black")
    axes.step([*lows, 1.0], [*(e.rows / total for e in judged.bins), 0], where="post", color="tab:orange", linewidth=1)
    axes.plot([0, 1], [0, 1], ":", color="gray")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy (orange: share of rows)")
    axes.set_title(f"{name}: calibration error {judged.error:.3f}", fontsize=10)


def _curve(axes: Axes, report: Report) -> None:
    """Wrongly refused against wrongly done, in percent of all rows; the chosen threshold is marked."""
    axes.plot([100 * refused for _, refused, _ in report.curve], [100 * done for _, _, done in report.curve], ".-")
    _, refused, done = min(report.curve, key=lambda point: abs(point[0] - report.threshold))
    axes.plot([100 * refused], [100 * done], "o", color="tab:red", label=f"threshold {report.threshold:.2f}")
    axes.set(xlabel="refused though right, % of rows", ylabel="done though wrong, % of rows")
    axes.set_title("trade-off by threshold", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend()
