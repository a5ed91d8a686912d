"""`scenic compress`: what each way of making a model smaller costs and buys."""

from __future__ import annotations

import math
from pathlib import Path

import click

from scenic_iot.cli.errors import UsageError, need_extra


@click.group("compress")
def command() -> None:
    """Make models smaller: prune, shrink, quantize, pack; and say what that costs."""


@command.command("report")
@click.argument("recipes", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/compression/report"),
    show_default=True,
    metavar="FOLDER",
    help="Gets five files: the report, its table as CSV and JSON, two pictures.",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=Path("runs/compression"),
    show_default=True,
    metavar="FOLDER",
    help="Where models and results are kept; the same command takes them up again.",
)
@click.option("--gold", type=click.Path(path_type=Path), multiple=True, help="Gold files or folders to score on, too.")
@click.option("--paper", type=click.Path(path_type=Path), metavar="FOLDER", help="The paper's two files.")
@click.option("--samples", type=click.IntRange(1), default=200_000, show_default=True, help="Pairs of a recovery.")
@click.option("--rows", type=click.IntRange(1), default=1500, show_default=True, help="Benchmark rows to score.")
@click.option("--parallel", type=click.IntRange(1), default=1, show_default=True, help="Processes that share a device.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")
@click.option(
    "--minutes", type=click.FloatRange(0), help="Begin no variant after these; the next call goes on. [default: no end]"
)
@click.option("--only", multiple=True, metavar="VARIANT", help="Only this variant; may be given again.")
def report(
    recipes: tuple[Path, ...],
    out: Path,
    work: Path,
    gold: tuple[Path, ...],
    paper: Path | None,
    samples: int,
    rows: int,
    parallel: int,
    device: str,
    minutes: float | None,
    only: tuple[str, ...],
) -> None:
    """Take the model of each RECIPE through all of it: family, method, sparsity, schedule, precision.

    Each model is trained once, then pruned, shrunk and quantized in every way; accuracy, bytes and milliseconds go into
    one table.

    \b
    scenic compress report recipes/compression/*.yaml --gold my-gold.jsonl --parallel 14
    """
    try:
        from scenic_iot.bench.compression.sweep import PAPER, Settings, planned, sweep
        from scenic_iot.bench.compression.write import text_table, write_report
        from scenic_iot.train.recipe import read_recipe
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.cli.progress import bars

    plans = [read_recipe(path) for path in recipes]
    names = [plan.name for plan in plans]
    if len({*names, PAPER}) <= len(names):
        raise UsageError(f"two of the recipes have one name, or one is called {PAPER!r}: {', '.join(names)}")
    try:
        planned("", only)
    except ValueError as error:
        raise UsageError(str(error)) from error
    settings = Settings(
        work.resolve(),
        gold=gold,
        paper=paper,
        samples=samples,
        rows=rows,
        device=device,
        parallel=parallel,
        only=only,
        minutes=math.inf if minutes is None else minutes,
    )
    with bars() as progress:
        found = sweep(plans, settings, progress)
    click.echo(text_table(found))
    click.echo("\n" + "\n".join(str(path) for path in write_report(found, out)))


@command.command("pack")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
def pack(bundle: Path, target: Path) -> None:
    """Write a BUNDLE again to the folder TARGET with its graphs packed: zeros and few-valued weights take little then.

    A packed bundle is used like any other; it is unpacked, and checked bit by bit, whenever it is loaded.
    """
    try:
        from scenic_iot.export.bundle import pack_bundle
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.runtime.bundle import load_bundle

    graphs = [load_bundle(bundle), load_bundle(pack_bundle(bundle, target))]
    before, after = (sum((each.path / name).stat().st_size for name in each.layout.graphs) for each in graphs)
    click.echo(
        f"{target}: {after:,} bytes of graphs, {100 * (1 - after / before):.1f}% fewer than the {before:,} unpacked"
    )
