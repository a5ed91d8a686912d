"""`scenic report`: measure, and write the figures where readers look."""

from __future__ import annotations

from pathlib import Path

import click

from scenic_iot.cli import options
from scenic_iot.cli.errors import need_extra


@click.command("report")
@click.argument("gold", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--readme", type=click.Path(path_type=Path), help="Replace the sections `scores` and `demo` of this file."
)
@click.option("--generated", type=click.IntRange(0), default=4000, show_default=True, help="Generated pairs to score.")
@click.option("--packaged/--no-packaged", default=True, show_default=True, help="Also the sets of the package.")
@options.model
def command(gold: tuple[Path, ...], readme: Path | None, generated: int, packaged: bool, model: Path | None) -> None:
    """Score a bundle on GOLD files or folders, on the sets that come with the package and on generated pairs, and
    measure its speed; write all of it into the bundle's configuration and card, and into a README.

    \b
    scenic report ../shared/authentic --readme README.md
    """
    from scenic_iot.bench.evaluate import evaluate_paths
    from scenic_iot.bench.latency import measure
    from scenic_iot.bench.publish import (
        machine,
        replace_section,
        score_generated,
        score_packaged,
        scores_for_card,
        scores_section,
    )
    from scenic_iot.bench.report import scores_table
    from scenic_iot.cli.demo import demo_table
    from scenic_iot.runtime.bundle import load_bundle

    try:
        from scenic_iot.export.bundle import add_scores
    except ImportError as error:
        raise need_extra("train", error) from error
    bundle = load_bundle(model)
    scores = evaluate_paths(gold, model) if gold else []
    if packaged:
        scores += score_packaged(bundle)
    if generated:
        scores.append(score_generated(bundle, generated))
    latency = measure(model)
    speed = {name: f"{entry['median']:.2f} ms, 95% {entry['p95']:.2f} ms" for name, entry in latency["latency"].items()}
    add_scores(bundle.path, {"sets": scores_for_card(scores), f"speed on one core of {machine()}": speed})
    if readme:
        replace_section(readme, "scores", scores_section(bundle, scores, latency))
        replace_section(readme, "demo", "```text\n" + demo_table(model) + "\n```")
    click.echo(scores_table(scores))
