"""Pictures and the file of statistics. Needs matplotlib, of the extra `train`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from .lexicon import REGISTERS
from .stats import LexiconStats, PairStats, Stats

_KINDS = 40
_BIN = 4


def write(found: Stats, folder: Path) -> list[Path]:
    """Write `stats.json`, `patterns.LANGUAGE.png`, `kinds.png` and `lengths.png`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "stats.json"
    temporary = folder / "stats.json.part"
    temporary.write_text(json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, report)
    paths = [report]
    for lexicon in found.lexicons:
        paths.append(folder / f"patterns.{lexicon.language}.png")
        draw_patterns(lexicon, paths[-1])
    paths += [folder / "kinds.png", folder / "lengths.png"]
    draw_kinds(found.pairs, paths[-2])
    draw_lengths(found.pairs, paths[-1])
    return paths


def draw_patterns(lexicon: LexiconStats, path: Path) -> None:
    """A heat map: device by register, the number of patterns in each field."""
    devices = sorted(lexicon.devices, key=lambda device: -sum(lexicon.devices[device].values()))
    table = [[lexicon.devices[device][register] for register in REGISTERS] for device in devices]
    most = max(max(row, default=0) for row in table)
    figure = Figure(figsize=(7, 0.28 * len(devices) + 1.6), layout="constrained")
    axes = figure.add_subplot()
    # log scale: lights have a hundred times the patterns of a gate, and the thin places are what to look for
    norm = LogNorm(1, max(most, 2), clip=True)
    image = axes.imshow(table, aspect="auto", cmap="viridis", norm=norm)
    axes.set_xticks(range(len(REGISTERS)), REGISTERS)
    axes.set_yticks(range(len(devices)), devices)
    for y, row in enumerate(table):
        for x, count in enumerate(row):
            color = "white" if norm(count) < 0.6 else "black"
            axes.text(x, y, str(count), ha="center", va="center", fontsize=7, color=color)
    axes.set_title(f"patterns by device and register, {lexicon.language}: {lexicon.patterns:,} in all")
    figure.colorbar(image, ax=axes, label="patterns (log scale)")
    figure.savefig(path, format="png", dpi=120)


def draw_kinds(pairs: PairStats, path: Path) -> None:
    """Bars: the share of pairs of each kind, the most frequent kinds only."""
    kinds = list(pairs.kinds.items())[:_KINDS][::-1]
    figure = Figure(figsize=(7, 0.2 * len(kinds) + 1.4), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh([name for name, _ in kinds], [100 * count / max(pairs.pairs, 1) for _, count in kinds])
    axes.bar_label(bars, fmt="%.1f", fontsize=7, padding=2)
    axes.tick_params(axis="y", labelsize=8)
    axes.margins(y=0.01)
    axes.set_xlabel("% of pairs (a pair may be of several kinds)")
    axes.set_title(f"kinds of {pairs.pairs:,} generated pairs")
    figure.savefig(path, format="png", dpi=120)


def draw_lengths(pairs: PairStats, path: Path) -> None:
    """A histogram of characters, one outline a language."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    longest = max((length for lengths in pairs.lengths.values() for length in lengths), default=0)
    edges = range(0, longest + 2 * _BIN, _BIN)
    for language, lengths in pairs.lengths.items():
        axes.hist(list(lengths), bins=list(edges), weights=list(lengths.values()), alpha=0.6, label=language)
    axes.set_xlabel(f"characters (in steps of {_BIN})")
    axes.set_ylabel("pairs")
    axes.set_title(f"lengths of {pairs.pairs:,} generated pairs")
    if pairs.lengths:
        axes.legend()
    figure.savefig(path, format="png", dpi=120)
