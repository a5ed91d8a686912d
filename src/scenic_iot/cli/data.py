"""`scenic data`: Smart Home Instruct."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import click

LANGUAGE = click.option(
    "--language", "languages", type=click.Choice(["zh", "en"]), multiple=True, help="Only this one. [default: both]"
)
SEED = click.option("--seed", type=int, default=0, show_default=True, help="The same seed makes the same pairs.")


@click.group("data")
def command() -> None:
    """Generate and inspect Smart Home Instruct: instructions with their commands, composed from the lexicon."""


@command.command("generate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--pairs", "count", type=click.IntRange(1), default=100_000, show_default=True, help="How many rows.")
@click.option("--processes", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="all cores")
@click.option("--names", is_flag=True, help="Also homes' own names, as private-use characters: for training only.")
@SEED
@LANGUAGE
def generate(file: Path, count: int, processes: int, names: bool, seed: int, languages: tuple[str, ...]) -> None:
    """Write pairs to FILE: JSON lines, or Parquet where it ends in .parquet."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from scenic_iot.instruct.dataset import generate as make
    from scenic_iot.instruct.dataset import write_jsonl, write_parquet
    from scenic_iot.instruct.generate import Mix

    mix = Mix() if names else Mix(name=0.0)
    write = write_parquet if file.suffix == ".parquet" else write_jsonl
    began = time.perf_counter()
    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task("pairs", total=count)
        parts = make(seed, count, languages or ("zh", "en"), mix, processes)
        done = write(file, parts, lambda total: bar.update(task, completed=total))
    spent = time.perf_counter() - began
    click.echo(f"{file}: {done:,} pairs in {spent:.1f} s ({done / spent:,.0f} a second, {processes} processes)")


@command.command("preview")
@click.option("--pairs", "count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many rows.")
@click.option("--kind", help="Only rows of a kind: several, schedule, correction, reject, name, except …")
@SEED
@LANGUAGE
def preview(count: int, kind: str | None, seed: int, languages: tuple[str, ...]) -> None:
    """Print some pairs, with what they are made of."""
    from scenic_iot.instruct.generate import Mix, pairs

    shown = 0
    for pair in pairs(seed or random.randrange(1 << 30), 200 * count, languages or ("zh", "en"), Mix(name=0.0)):
        if kind and kind not in pair.kinds:
            continue
        click.echo(f"{pair.text}\n    {pair.command}   ({pair.difficulty}; {', '.join(pair.kinds)})")
        shown += 1
        if shown == count:
            return
    if not shown:
        click.echo(f"nothing of the kind {kind!r} in {200 * count} pairs")


@command.command("check")
@LANGUAGE
@click.pass_context
def check(ctx: click.Context, languages: tuple[str, ...]) -> None:
    """Check the lexicon: mistakes with file and line, phrases under two commands, what is never said."""
    from scenic_iot.instruct.check import main

    ctx.exit(main(list(languages)))
