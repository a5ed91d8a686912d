"""The paper's table with ours beside it: as text, Markdown, CSV and a picture."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from scenic_iot.bench.metrics import Rate
from scenic_iot.bench.report import table
from scenic_iot.textpairs.pair import COMPARED

from .data import ABOUT, SPLITS
from .run import Results

DIFFICULTIES = ("easy", "medium", "hard")
MARK = "CONTAMINATED"
PUBLISHED = (
    ("strongest dense decoder-only, 196 M", "a", "99.0%", ""),
    ("encoder-decoder, half pruned, int8, from 188 M", "a", "91.0%", "99.0%"),
)
"""What the paper reports: model, split (its own files), EM@1, EM@5."""
_HEAD = ("split", "model", "parameters", "objective", "begun with", "seed", "EM@1", "EM@5", *DIFFICULTIES, "training")


def rows(results: Results) -> list[tuple[str, ...]]:
    """A row for each run, the paper's own figures at the end of the split that they belong to."""
    made: list[tuple[str, ...]] = []
    for split in SPLITS:
        label = f"{split} {MARK}" if split == "a" else split
        runs = [entry for entry in results.values() if entry["split"] == split]
        for run in sorted(runs, key=_order):
            made.append(
                (
                    label,
                    f"{run['family']}, {run['size']}",
                    f"{run['parameters'] / 1e6:.2f} M",
                    run["objective"],
                    run["start"],
                    str(run["seed"]),
                    str(_rate(run, "all", "EM@1")),
                    str(_rate(run, "all", "EM@5")),
                    *(_percent(_rate(run, name, "EM@1")) for name in DIFFICULTIES),
                    f"{run['seconds']['training']:.0f} s",
                )
            )
        for model, of, em1, em5 in PUBLISHED if runs else ():
            if of == split:
                made.append((label, f"the paper's {model}", "", "", "", "", em1, em5, "", "", "", ""))
    return made


def text_table(results: Results) -> str:
    """For a terminal."""
    return f"{table(_HEAD, rows(results))}\n\n{legend(results)}"


def markdown(results: Results) -> str:
    """For a document."""
    lines = [f"| {' | '.join(_HEAD)} |", f"|{' --- |' * len(_HEAD)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows(results)]
    return "\n".join([*lines, "", legend(results)]) + "\n"


def legend(results: Results) -> str:
    """What the columns mean, and where and when it was measured."""
    splits = "; ".join(f"{name}: {ABOUT[name]}" for name in SPLITS)
    machines = "; ".join(sorted({run["machine"] for run in results.values()}))
    dates = sorted({run["date"][:10] for run in results.values()})
    when = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "never"
    return (
        "Beam 5, EM@1 and EM@5 of one call, Wilson 95% intervals; EM@1 by difficulty on the right.\n"
        "Begun with instruct: with a model of this project's own Chinese pairs. None is like a question, but\n"
        "they ask for the questions' actions in this project's commands: on (c) the responses are new to it,\n"
        "not their meaning.\n"
        f"Compared by: {COMPARED}.\n{splits}.\nMeasured {when} on {machines}."
    )


def csv_table(results: Results) -> str:
    """A row for each run, group of questions and measure."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    same = ("split", "contaminated", "family", "size", "objective", "start", "seed", "parameters", "rows")
    told = ("steps", "samples", "date", "machine", "torch")
    counted = ("hits", "total", "rate", "low", "high")
    writer.writerow((*same, "questions", "measure", *counted, "training_seconds", "scoring_seconds", *told))
    for run in sorted(results.values(), key=_order):
        for group, measures in run["scores"].items():
            for measure, rate in measures.items():
                shares = [f"{rate[name]:.4f}" if isinstance(rate[name], float) else rate[name] for name in counted]
                seconds = run["seconds"]["training"], run["seconds"]["scoring"]
                cells = (*(run[name] for name in same), group, measure, *shares, *seconds)
                writer.writerow((*cells, *(run[name] for name in told)))
    return out.getvalue()


def draw(results: Results, path: Path) -> None:
    """EM@1 of each model on each split, with its interval, as a PNG; the paper's best as a line."""
    models = sorted({_model(run) for run in results.values()})
    splits = [split for split in SPLITS if any(run["split"] == split for run in results.values())]
    figure = Figure(figsize=(9, 0.28 * len(models) * len(splits) + 1.8), layout="constrained")
    panels = figure.subplots(len(splits), 1, sharex=True, squeeze=False)[:, 0]
    for axes, split in zip(panels, splits, strict=True):
        for place, model in enumerate(models):
            rates = [r["scores"]["all"]["EM@1"] for r in results.values() if r["split"] == split and _model(r) == model]
            for rate in rates:
                middle = 100 * rate["rate"]
                ends = middle - 100 * rate["low"], 100 * rate["high"] - middle
                errors = [[max(0.0, end)] for end in ends]  # rounding can put an end of 0% or 100% on the wrong side
                axes.errorbar(middle, place, xerr=errors, fmt="o", color="tab:blue", markersize=4, capsize=2)
        axes.set_yticks(range(len(models)), models, fontsize=7)
        axes.invert_yaxis()
        axes.axvline(99.0, color="tab:red", linestyle=":", linewidth=1)
        axes.grid(axis="x", alpha=0.3)
        axes.set_title(f"({split}) {ABOUT[split]}", fontsize=8, loc="left")
    panels[-1].set_xlabel("EM@1 in %, 95% interval; dotted: the paper's best, on its own files", fontsize=8)
    figure.savefig(path, format="png", dpi=110)


def write_report(results: Results, folder: Path) -> None:
    """Write `paper.md`, `paper.csv` and `paper.png`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "paper.md").write_text(markdown(results), encoding="utf-8")
    (folder / "paper.csv").write_text(csv_table(results), encoding="utf-8")
    draw(results, folder / "paper.png")


def _order(run: dict[str, Any]) -> tuple[Any, ...]:
    return run["split"], run["size"], run["family"], run["objective"], run["start"], run["seed"]


def _model(run: dict[str, Any]) -> str:
    return f"{run['family']}, {run['size']}, {run['objective']}, {run['start']}"


def _rate(run: dict[str, Any], group: str, measure: str) -> Rate:
    rate = run["scores"].get(group, {}).get(measure, {"hits": 0, "total": 0})
    return Rate(rate["hits"], rate["total"])


def _percent(rate: Rate) -> str:
    return f"{100 * rate.value:.1f}%" if rate.total else "-"
