"""The report as files: Markdown, CSV, JSON and two pictures; nothing in them is typed by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from scenic_iot.bench.report import table

from .cell import Row
from .draw import draw_bytes, draw_sparsity
from .figures import completed, rate, set_names
from .goals import Goal, goals

_OURS = ("benchmark", "written", "paper, decontaminated")
_WHAT = ("subject", "family", "method", "sparsity", "schedule", "precision")
_FIGURES = (
    "parameters",
    "zeros of targeted",
    "zeros of whole",
    "steps",
    "logit difference",
    "beams in order",
    "changed from its own FP32, %",
    "changed from dense FP32, %",
    "bytes",
    "fewer bytes than dense FP32, %",
    "fewer bytes than dense FP16, %",
    "packed",
    "packed, fewer bytes than dense FP32, %",
    "encoder, times as fast as dense FP32",
)
_TIMES = ("encoder", "step", "sentence")


def write_report(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write report.md, report.csv, report.json, sparsity.png and bytes.png. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    done, about = completed(rows), told(rows)
    reached = goals(done, people(done))
    texts = {
        "report.md": markdown(done, reached, about),
        "report.csv": csv_table(done),
        "report.json": json.dumps({"about": about, "rows": done}, ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    pictures: dict[str, Callable[[Sequence[Row], Path], None]] = {
        "sparsity.png": draw_sparsity,
        "bytes.png": draw_bytes,
    }
    for name, draw in pictures.items():
        draw(done, folder / name)
    return [folder / name for name in (*texts, *pictures)]


def people(rows: Sequence[Row]) -> list[str]:
    """The sets that the user gave: sentences that people wrote or said."""
    return [name for name in set_names(rows) if name not in _OURS]


def text_table(rows: Sequence[Row]) -> str:
    """For a terminal: what was made, EM@1 on each set, bytes and milliseconds."""
    done = completed(rows)
    names = set_names(done)
    head = ("subject", "method", "%", "schedule", "precision", *names, "packed", "encoder ms", "error")
    cells = [
        (
            *(str(row[name]) for name in ("subject", "method", "sparsity", "schedule", "precision")),
            *(_em(row, name) for name in names),
            f"{row['packed']:,}" if "packed" in row else "",
            f"{row['ms']['encoder']:.2f}" if "ms" in row else "",
            row.get("error", ""),
        )
        for row in done
    ]
    return table(head, cells)


def told(rows: Sequence[Row]) -> str:
    """When and on what machines the rows were measured, as they tell it: they may come from several."""
    dates = sorted({row["date"] for row in rows})
    devices = sorted({row["device"] for row in rows})
    cores = sorted({row["ms"]["machine"] for row in rows if "ms" in row})
    when = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "never"
    timed = f", times on one core of {'; '.join(cores)}" if cores else ""
    return f"Measured {when}; trained on {'; '.join(devices) or 'nothing'}{timed}."


def markdown(rows: Sequence[Row], reached: Sequence[Goal], about: str) -> str:
    """The whole report."""
    lines = ["# Compression", "", about, "", "## What was to be reached", "", "| goal | found | reached |"]
    lines += ["| --- | --- | --- |"]
    answers = {True: "yes", False: "no", None: "not measured"}
    lines += [f"| {goal.what} | {goal.found} | {answers[goal.reached]} |" for goal in reached]
    lines += ["", *_LEGEND, ""]
    names = set_names(rows)
    for subject in dict.fromkeys(row["subject"] for row in rows):
        mine = [row for row in rows if row["subject"] == subject]
        scored = [name for name in names if any(rate(row, name, "EM@1") for row in mine)]
        lines += [f"## {subject} ({mine[0]['family'].replace('_', '-')})", "", *_section(mine, scored), ""]
    return "\n".join(lines)


_LEGEND = (
    "Sparsity is that of the matrices of linear layers; embeddings and output layers are dense. Zeros are counted on",
    "the weights, of the targeted ones and of the whole model. Pruned models, the control and models trained with",
    "rounded weights had the same number of steps; distilled ones three times as many. EM@1 and EM@5 are of one call",
    "with five beams, with Wilson 95% intervals. `bytes` are those of the ONNX files, `packed` those of the form that",
    "is unpacked on load; each percentage names its base. Logits of FP32 files were within the recipe's tolerance",
    "of PyTorch's before anything else was measured. FP16 is a way to store: a CPU computes in FP32. Milliseconds are",
    "medians on one core, 24 tokens: the encoder, a step of five hypotheses, a whole sentence with five beams.",
)


def _section(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    head = ["method", "sparsity", "zeros", "schedule", "precision", *(f"{name}, EM@1 / EM@5" for name in names)]
    head += [
        "changed from dense FP32",
        "bytes",
        "than dense FP32",
        "than dense FP16",
        "packed",
        "packed, than dense FP32",
    ]
    head += ["ms", "encoder"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for row in rows:
        what = [row["method"], f"{row['sparsity']}%"]
        if "error" in row:
            cells = [*what, "", row["schedule"], row["precision"], f"**{row['error']}**"]
            lines.append(f"| {' | '.join([*cells, *[''] * (len(head) - len(cells))])} |")
            continue
        zeros = f"{row['zeros of targeted']:.1%} / {row['zeros of whole']:.1%}"
        cells = [*what, zeros, row["schedule"], row["precision"], *(_em(row, name) for name in names)]
        cells += [_percent(row.get("changed from dense FP32, %")), f"{row['bytes']:,}"]
        cells += [_saved(row.get(f"fewer bytes than dense {base}, %")) for base in ("FP32", "FP16")]
        cells += [f"{row['packed']:,}", _saved(row.get("packed, fewer bytes than dense FP32, %"))]
        times = row.get("ms", {})
        cells += [" / ".join(f"{times[name]:.2f}" for name in _TIMES if times.get(name) is not None)]
        speed = row.get("encoder, times as fast as dense FP32")
        cells += ["" if speed is None else f"{speed:.2f} x"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def csv_table(rows: Sequence[Row]) -> str:
    """A row a variant and precision, with every figure in a column of its own."""
    names, out = set_names(rows), io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = ("hits", "total", "rate", "low", "high")
    scores = [(name, measure, part) for name in names for measure in ("EM@1", "EM@5") for part in parts]
    kinds = list(dict.fromkeys(kind for row in rows for kind in row.get("kinds", {})))
    more = (*(f"bytes of {kind}" for kind in kinds), *(f"{name}, ms" for name in _TIMES))
    writer.writerow((*_WHAT, "error", *_FIGURES, *more, *(" ".join(score) for score in scores)))
    for row in rows:
        cells: list[Any] = [row[name] for name in _WHAT]
        cells += [row.get(name, "") for name in ("error", *_FIGURES)]
        cells += [row.get("kinds", {}).get(kind, "") for kind in kinds]
        cells += [row.get("ms", {}).get(name, "") for name in _TIMES]
        cells += [row.get("scores", {}).get(name, {}).get(measure, {}).get(part, "") for name, measure, part in scores]
        writer.writerow(cells)
    return out.getvalue()


def _em(row: Row, name: str) -> str:
    one, five = rate(row, name, "EM@1"), rate(row, name, "EM@5")
    return f"{one} / {five}" if one is not None else ""


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}%"


def _saved(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}% fewer" if value >= 0 else f"{-value:.1f}% more"
