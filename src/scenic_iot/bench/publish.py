"""Writing measured figures where readers look: the bundle's card and marked sections of the README.

A section stands between `<!-- NAME -->` and `<!-- /NAME -->`; what is between is replaced. Nothing is typed by hand.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from scenic_iot.instruct.generate import pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.runtime.bundle import Bundle
from scenic_iot.runtime.pipeline import Interpreter

from .evaluate import Score, ranker, score
from .gold import Gold
from .sets import benchmark_sets, written_sets

GENERATED_SEED = 20_000_003  # a seed that no recipe uses


def score_generated(bundle: Bundle, count: int) -> Score:
    """The score on freshly generated pairs without names, by kind."""
    made = pairs(GENERATED_SEED, count, mix=Mix(name=0.0))
    gold = [Gold(p.text, p.command, (p.command,), True, (p.language, p.difficulty, *p.kinds)) for p in made]
    return score(f"generated ({count:,} pairs)", gold, ranker(Interpreter(bundle)))


def score_packaged(bundle: Bundle) -> list[Score]:
    """The scores on the sets that come with the package: those written by hand, and the benchmark's sections.

    Raises BenchmarkError where the benchmark is not as it was frozen.
    """
    written = [(part.name, part) for part in written_sets(bundle.catalogue)]
    sections = [(f"bench {part.name}", part) for part in benchmark_sets(bundle.catalogue)]
    return [score(name, part.rows, ranker(Interpreter(bundle, part.home))) for name, part in (*written, *sections)]


def scores_for_card(scores: Sequence[Score]) -> dict[str, Any]:
    """What the bundle's configuration keeps of each set."""
    return {
        entry.name: {
            "rows": entry.em1.total,
            "EM@1": str(entry.em1),
            "EM@5": str(entry.em5),
            "commands wrongly refused": str(entry.wrongly_refused),
            "rejections met": str(entry.rejections),
        }
        for entry in scores
    }


def scores_section(bundle: Bundle, scores: Sequence[Score], latency: Mapping[str, Any]) -> str:
    """The README's figures as Markdown."""
    config = bundle.config
    made = f"made {config['created'][:10]} with seed {config['seed']}"
    size = f"{config['parameters']:,} parameters, {config['precision']}, {latency['bytes_total'] / 1e6:.2f} MB"
    lines = [
        f"The bundled model, {made}: {size}.",
        f"Measured {date.today().isoformat()}.",
        "",
        "| set | rows | EM@1 | EM@5 | commands wrongly refused | rejections met |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for entry in scores:
        cells = (entry.name, f"{entry.em1.total:,}", entry.em1, entry.em5, entry.wrongly_refused, entry.rejections)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    beams, greedy = latency["latency"]["5 beams"], latency["latency"]["greedy"]
    lines += [
        "",
        f"One core of {machine()}: median {beams['median']:.1f} ms a sentence",
        f"with five beams (95th percentile {beams['p95']:.1f} ms), {greedy['median']:.1f} ms greedily;",
        f"`import scenic_iot` {latency['import_s']:.3f} s, loading {latency['load_s']:.2f} s,",
        f"peak memory {latency['peak_mib']:.0f} MiB.",
    ]
    return "\n".join(lines)


def machine() -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        names = []
    return f"{names[0] if names else platform.machine()} ({platform.system()}, Python {platform.python_version()})"


def replace_section(path: Path, name: str, text: str) -> None:
    """Put `text` into the section of a Markdown file. Raises ValueError where the file has no such section."""
    content = path.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(content):
        raise ValueError(f"{path} has no section <!-- {name} -->")
    path.write_text(pattern.sub(lambda match: match[1] + text + "\n" + match[2], content), encoding="utf-8")
