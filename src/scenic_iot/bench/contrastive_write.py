"""The report on contrastive training: Markdown, JSON and a picture of the spaces. Needs matplotlib and scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from .contrastive import MEASURES, OBJECTIVES, Row, vectors
from .runs import BENCHMARK, Plan


def write(plan: Plan, results: Sequence[dict[str, Any]], rows: Sequence[Row]) -> list[Path]:
    """Write `contrastive.md`, `.json` and `.png` into the plan's folder; returns their paths."""
    paths = [plan.folder / f"contrastive.{kind}" for kind in ("md", "json", "png")]
    told = [sorted({str(result[what]) for result in results}) for what in ("date", "device")]
    about = ", ".join(value for values in told for value in values)
    paths[0].write_text(f"{markdown(results, rows)}\n\n{about}\n", encoding="utf-8")
    runs = [{key: value for key, value in result.items() if key != "sets"} for result in results]
    report = {"about": about, "runs": runs, "rows": [asdict(row) for row in rows]}
    paths[1].write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    families = list(dict.fromkeys(str(result["family"]) for result in results))
    draw(plan, families, paths[2])
    return paths


def markdown(results: Sequence[dict[str, Any]], rows: Sequence[Row]) -> str:
    """Means ± standard deviations over seeds, and gains over cross-entropy with 95% intervals, in percent."""
    first = results[0]
    lines = [
        f"{first['pairs']:,} pairs, {first['samples']:,} samples, preset {first['preset']}. Means ± standard",
        "deviations over seeds in percent; gains over cross-entropy with 95% intervals of a paired bootstrap over",
        "sentences and seeds; McNemar's p of EM@1, seed by seed.",
        "",
        "| family | objective | seeds | retrieval P@1 |",
        "| --- | --- | --- | --- |",
    ]
    for family in dict.fromkeys(result["family"] for result in results):
        for objective in OBJECTIVES:
            mine = [r for r in results if (r["family"], r["objective"]) == (family, objective)]
            if mine:
                found = 100 * np.array([result["retrieval"]["precision at 1"] for result in mine])
                lines.append(f"| {family} | {objective} | {len(mine)} | {found.mean():.2f} ± {found.std():.2f} |")
    lines += ["", *_verdicts(rows)]
    head = ("set", "sentences", "family", "objective", *MEASURES, "p, McNemar")
    lines += ["", f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for row in sorted(rows, key=lambda row: (row.set != "benchmark", row.set)):
        cells = [_cell(row, measure) for measure in MEASURES]
        p = ", ".join(f"{value:.2g}" for value in row.mcnemar)
        lines.append(f"| {row.set} | {row.sentences:,} | {row.family} | {row.objective} | {' | '.join(cells)} | {p} |")
    return "\n".join(lines)


def _verdicts(rows: Sequence[Row]) -> list[str]:
    """Whether each objective helps, told by the interval of its gain in EM@1 on the benchmark."""
    lines = []
    for row in rows:
        gain = row.gains.get("EM@1")
        if row.set == BENCHMARK and gain is not None:
            verdict = "helps" if gain.low > 0 else "costs" if gain.high < 0 else "makes no difference that can be told"
            lines.append(f"- {row.family}, {row.objective.replace('_', ' ')}: {verdict} on the benchmark.")
    return lines


def _cell(row: Row, measure: str) -> str:
    if measure not in row.means:
        return ""
    mean, spread = row.means[measure]
    text = f"{100 * mean:.2f} ± {100 * spread:.2f}"
    gain = row.gains.get(measure)
    if gain is None:
        return text
    return f"{text}; {100 * gain.mean:+.2f} [{100 * gain.low:+.2f}, {100 * gain.high:+.2f}], p {gain.p:.2g}"


def draw(plan: Plan, families: Sequence[str], path: Path) -> None:
    """Sentences in two dimensions (t-SNE, van der Maaten and Hinton 2008), a colour for each command."""
    figure = Figure(figsize=(4.2 * len(OBJECTIVES), 3.8 * len(families)), layout="constrained")
    panels = figure.subplots(len(families), len(OBJECTIVES), squeeze=False)
    for line, family in zip(panels, families, strict=True):
        for axes, objective in zip(line, OBJECTIVES, strict=True):
            kept = vectors(plan, family, objective)
            axes.set_title(f"{family}, {objective.replace('_', ' ')}", fontsize=10)
            axes.set_xticks([])
            axes.set_yticks([])
            if kept is not None:
                _project(axes, kept)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
    figure.savefig(path, format="png", dpi=120)


def _project(axes: Axes, kept: Path) -> None:
    with np.load(kept) as arrays:
        space, names = arrays["vectors"].astype(np.float32), arrays["names"]
    perplexity = min(30.0, max(1.0, (len(space) - 1) / 3))
    points = TSNE(perplexity=perplexity, init="pca", metric="cosine", random_state=0).fit_transform(space)
    for name in sorted(set(names.tolist())):
        chosen = points[names == name]
        axes.plot(chosen[:, 0], chosen[:, 1], "o", markersize=3, alpha=0.7, label=name)
