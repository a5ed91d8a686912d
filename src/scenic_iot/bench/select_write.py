"""The sweep for readers: a table, CSV, JSON and the Pareto picture. Needs matplotlib, of the extra `train`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from .metrics import wilson
from .publish import machine
from .report import table
from .runs import BENCHMARK
from .select import Candidate, front

COSTS: dict[str, Callable[[Candidate], float]] = {
    "bytes": lambda candidate: float(candidate.result["bytes"]),
    "milliseconds, 5 beams": lambda candidate: candidate.milliseconds["5 beams"],
}
_MARKS = {"encoder": "s", "decoder": "^", "encoder_decoder": "o"}
_COLUMNS = ("EM@1", "EM@5", "rejections met", "wrongly refused")


def text_table(candidates: Sequence[Candidate]) -> str:
    """A row for each model, the best first; a star where nothing smaller (b) or faster (t) is as good."""
    head = ("model", "front", "parameters", "bytes", "ms", "EM@1", "EM@5", "wrongly refused", "other sets, EM@1")
    best = [set(map(id, front(candidates, cost))) for cost in COSTS.values()]
    rows = []
    for c in candidates:
        mark = "".join(letter for letter, kept in zip("bt", best, strict=True) if id(c) in kept)
        rates = c.rates[BENCHMARK]
        sets = [name for name in c.rates if not name.startswith(BENCHMARK)]
        others = ", ".join(f"{name} {100 * c.rates[name]['EM@1'].value:.1f}" for name in sets)
        sizes = (f"{c.result['parameters']:,}", f"{c.result['bytes']:,}", f"{c.milliseconds['5 beams']:.2f}")
        rows.append((c.name, mark, *sizes, *(str(rates[m]) for m in ("EM@1", "EM@5", "wrongly refused")), others))
    return table(head, rows)


def write(candidates: Sequence[Candidate], folder: Path) -> list[Path]:
    """Write `select.md`, `.csv`, `.json` and `.png`; returns their paths."""
    paths = [folder / f"select.{kind}" for kind in ("md", "csv", "json", "png")]
    first = candidates[0].result
    seen = f"{first['pairs']:,} pairs, {first['samples']:,} samples"
    about = f"{seen}; trained on {first['device']}, timed on {machine()}"
    note = "front: b where nothing of as few bytes is as good on the benchmark, t where nothing as fast is"
    paths[0].write_text(f"```text\n{text_table(candidates)}\n```\n\n{about}, {first['date']}; {note}.\n", "utf-8")
    _csv(candidates, paths[1])
    paths[2].write_text(json.dumps([_plain(c) for c in candidates], ensure_ascii=False, indent=1) + "\n", "utf-8")
    draw(candidates, paths[3])
    return paths


def _plain(c: Candidate) -> dict[str, object]:
    kept = {key: value for key, value in c.result.items() if key != "sets"}
    rates = {name: {m: rate.to_json() for m, rate in found.items()} for name, found in c.rates.items()}
    return {**kept, "milliseconds": c.milliseconds, "sets": rates}


def _csv(candidates: Sequence[Candidate], path: Path) -> None:
    """A row for each model and set."""
    fields = ("name", "family", "preset", "objective", "seed", "parameters", "bytes", "training seconds", "date")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*fields, "ms greedy", "ms 5 beams", "set", "rows", *_COLUMNS))
        for c in candidates:
            for name, found in c.rates.items():
                rates = [f"{found[column].value:.4f}" if found[column].total else "" for column in _COLUMNS]
                times = [f"{c.milliseconds[key]:.3f}" for key in ("greedy", "5 beams")]
                writer.writerow((*(c.result[f] for f in fields), *times, name, found["EM@1"].total, *rates))


def draw(candidates: Sequence[Candidate], path: Path) -> None:
    """EM@1 on the benchmark against bytes and against milliseconds, with the fronts."""
    figure = Figure(figsize=(12, 5), layout="constrained")
    objectives = list(dict.fromkeys(c.result["objective"] for c in candidates))
    for axes, (name, cost) in zip(figure.subplots(1, 2), COSTS.items(), strict=True):
        for c in candidates:
            rate = c.rates[BENCHMARK]["EM@1"]
            low, high = wilson(rate.hits, rate.total)
            color = f"C{objectives.index(c.result['objective'])}"
            mark = _MARKS.get(c.result["family"], "o")
            ends = [[100 * max(0.0, c.em1 - low)], [100 * max(0.0, high - c.em1)]]
            axes.errorbar([cost(c)], [100 * c.em1], yerr=ends, fmt=mark, color=color, markersize=6, alpha=0.8)
            place = (cost(c), 100 * c.em1)
            axes.annotate(c.result["preset"], place, (4, 4), textcoords="offset points", fontsize=7)
        kept = front(candidates, cost)
        steps = [cost(c) for c in kept], [100 * c.em1 for c in kept]
        axes.step(*steps, where="post", color="gray", linewidth=1, zorder=0)
        axes.set(xscale="log", xlabel=name, ylabel="EM@1 on the benchmark, %")
        axes.grid(alpha=0.3)
    for family, mark in _MARKS.items():
        axes.plot([], [], mark, color="black", label=family.replace("_", "-"))
    for number, objective in enumerate(objectives):
        axes.plot([], [], "-", color=f"C{number}", label=objective.replace("_", " "))
    axes.legend(fontsize=8)
    figure.savefig(path, format="png", dpi=120)
