"""`scenic select`: which family, size and objective."""

from __future__ import annotations

from pathlib import Path

import click

from scenic_iot.cli import options
from scenic_iot.cli.errors import UsageError, need_extra


@click.command("select")
@options.budget
@options.families
@click.option("--presets", default="nano,tiny,small,base", show_default=True, help="Sizes: see `scenic model list`.")
@click.option("--objectives", default="cross_entropy", show_default=True, help="Also triplet, supervised_contrastive.")
@options.data_pairs
@options.samples
@options.gold
@options.parallel
@options.device
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", default=Path("runs/select"), show_default=True
)
def command(
    budget: float,
    families: str,
    presets: str,
    objectives: str,
    data_pairs: int,
    samples: int,
    gold: Path | None,
    parallel: int,
    device: str,
    out: Path,
) -> None:
    """Train every family in every size with every objective on the same pairs; score, weigh and time each.

    FOLDER gets the table, CSV, JSON and the Pareto picture: EM@1 on the packaged benchmark against bytes and against
    milliseconds of the int8 bundles. A finished run is not repeated, so the same command goes on where it was broken
    off, and `--budget 0` reports on what there is.

    \b
    scenic select --presets nano,small --families encoder,encoder_decoder --parallel 4
    """
    try:
        from scenic_iot.bench.contrastive import OBJECTIVES
        from scenic_iot.bench.runs import Plan
        from scenic_iot.bench.select import base_recipe, recipes, select
        from scenic_iot.bench.select_write import text_table, write
        from scenic_iot.model.presets import FAMILIES, PRESETS
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.cli.progress import bars

    chosen = recipes(
        base_recipe(data_pairs, samples),
        options.names("--families", families, FAMILIES),
        options.names("--presets", presets, PRESETS),
        options.names("--objectives", objectives, OBJECTIVES),
    )
    with bars() as progress:
        found = select(Plan(chosen, out, gold, device, parallel), budget, progress)
    if not found:
        raise UsageError(f"no run in {out} is finished: give it more --budget")
    click.echo(text_table(found))
    click.echo("\n" + "\n".join(map(str, write(found, out))))
