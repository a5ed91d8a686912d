"""The comparison for readers: one table, and as CSV, JSON and a picture. Needs matplotlib, of the extra `train`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from matplotlib.figure import Figure

from .baselines import ABOUT, Comparison
from .metrics import wilson
from .report import table

_RATES = {
    "EM@1": "em1",
    "EM@5": "em5",
    "EM@1, commands": "commands",
    "refusals met": "rejections",
    "wrongly refused": "wrongly_refused",
}


def text_table(found: Comparison) -> str:
    """A row for each set and baseline."""
    head = ("set", "rows", "baseline", "EM@1", "refusals met", "wrongly refused")
    rows = []
    for place in range(_sets(found)):
        for number, (peer, scores) in enumerate(found.scores.items()):
            s = scores[place]
            first = (s.name, str(s.em1.total)) if number == 0 else ("", "")
            rows.append((*first, peer, str(s.em1), str(s.rejections), str(s.wrongly_refused)))
    about = ", ".join(f"{name} {value}" for name, value in found.about.items())
    legend = "\n".join(f"{peer}: {ABOUT[peer]}" for peer in found.scores)
    return f"{table(head, rows)}\n\n{legend}\n{about}"


def write(found: Comparison, folder: Path) -> list[Path]:
    """Write `baselines.md`, `.csv`, `.json` and `.png`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"baselines.{kind}" for kind in ("md", "csv", "json", "png")]
    paths[0].write_text(markdown(found) + "\n", encoding="utf-8")
    paths[1].write_text(csv_table(found), encoding="utf-8")
    paths[2].write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draw(found, paths[3])
    return paths


def markdown(found: Comparison) -> str:
    """EM@1, a row for each set and a column for each baseline."""
    lines = [
        f"| set | rows | {' | '.join(found.scores)} |",
        f"| --- | --- |{' --- |' * len(found.scores)}",
    ]
    for place in range(_sets(found)):
        row = [scores[place] for scores in found.scores.values()]
        lines.append(f"| {row[0].name} | {row[0].em1.total:,} | {' | '.join(str(score.em1) for score in row)} |")
    about = ", ".join(f"{name} {value}" for name, value in found.about.items())
    legend = "; ".join(f"{peer}: {ABOUT[peer]}" for peer in found.scores)
    return "\n".join([*lines, "", f"EM@1 with Wilson 95% intervals. {legend}. {about}."])


def csv_table(found: Comparison) -> str:
    """A row for each set, baseline and rate."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("set", "baseline", "measure", "hits", "rows", "rate", "low", "high", *found.about))
    for peer, scores in found.scores.items():
        for score in scores:
            for measure, field in _RATES.items():
                rate = getattr(score, field)
                low, high = wilson(rate.hits, rate.total)
                shares = [f"{share:.4f}" if rate.total else "" for share in (rate.value, low, high)]
                writer.writerow((score.name, peer, measure, rate.hits, rate.total, *shares, *found.about.values()))
    return out.getvalue()


def draw(found: Comparison, path: Path) -> None:
    """Points with intervals: EM@1 of each baseline, a line for each set."""
    count, peers = _sets(found), list(found.scores)
    figure = Figure(figsize=(8, 0.42 * count + 1.8), layout="constrained")
    axes = figure.add_subplot()
    for number, peer in enumerate(peers):
        scores = found.scores[peer]
        middles = [100 * score.em1.value for score in scores]
        ends = [wilson(score.em1.hits, score.em1.total) for score in scores]
        low = [max(0.0, middle - 100 * end[0]) for middle, end in zip(middles, ends, strict=True)]
        high = [max(0.0, 100 * end[1] - middle) for middle, end in zip(middles, ends, strict=True)]
        places = [place + 0.7 * ((number + 0.5) / len(peers) - 0.5) for place in range(count)]
        axes.errorbar(middles, places, xerr=[low, high], fmt="o", markersize=4, capsize=2, label=peer)
    axes.set_yticks(range(count), [f"{s.name} ({s.em1.total})" for s in found.scores[peers[0]]] if peers else [])
    axes.invert_yaxis()
    axes.set_xlim(-2, 102)
    axes.set_xlabel("EM@1 in %, Wilson 95% intervals")
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=max(len(peers), 1))
    axes.set_title(f"baselines, {found.about['date']}, seed {found.about['seed']}", fontsize=10)
    figure.savefig(path, format="png", dpi=120)


def _sets(found: Comparison) -> int:
    return len(next(iter(found.scores.values()), ()))
