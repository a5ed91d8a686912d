"""`scenic data`: Smart Home Instruct."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import click

from scenic_iot.cli.errors import need_extra

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
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.dataset import generate as make
    from scenic_iot.instruct.dataset import write_jsonl, write_parquet
    from scenic_iot.instruct.mix import Mix

    mix = Mix() if names else Mix(name=0.0)
    write = write_parquet if file.suffix == ".parquet" else write_jsonl
    began = time.perf_counter()
    with bars() as progress:
        parts = make(seed, count, languages or ("zh", "en"), mix, processes)
        done = write(file, parts, lambda written: progress("pairs", written, count))
    spent = time.perf_counter() - began
    click.echo(f"{file}: {done:,} pairs in {spent:.1f} s ({done / spent:,.0f} a second, {processes} processes)")


@command.command("preview")
@click.option("--pairs", "count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many rows.")
@click.option("--kind", help="Only rows of a kind: several, schedule, correction, reject, name, except …")
@SEED
@LANGUAGE
def preview(count: int, kind: str | None, seed: int, languages: tuple[str, ...]) -> None:
    """Print some pairs, with what they are made of."""
    from scenic_iot.instruct.generate import pairs
    from scenic_iot.instruct.mix import Mix

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


@command.command("audit")
@click.argument("train", type=click.Path(path_type=Path))
@click.argument("test", type=click.Path(path_type=Path))
@click.option(
    "--threshold",
    type=click.FloatRange(0.2, 1.0),
    default=0.8,
    show_default=True,
    help="Character 3-gram Jaccard from which texts are near duplicates.",
)
@click.option("--examples", type=click.IntRange(0), default=3, show_default=True, help="How many of each are shown.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def audit(ctx: click.Context, train: Path, test: Path, threshold: float, examples: int, as_json: bool) -> None:
    """Look for rows of TEST that leaked into TRAIN, and for texts under two answers.

    Files are JSON lines or one JSON list; rows have text and command, or prompt and response. Found are texts that are
    the same, the same once normalised, nearly the same, and phrase patterns that both files use. The exit status is 1
    if there are any, 0 if TEST is clean, 2 for a bad file.
    """
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.audit import audit as compare
    from scenic_iot.instruct.pairfile import read_rows

    with bars() as progress:
        report = compare(read_rows(train, progress), read_rows(test, progress), threshold, examples, progress)
    click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1) if as_json else "\n".join(report.lines()))
    ctx.exit(int(report.leaks))


@command.command("stats")
@click.option("--pairs", "count", type=click.IntRange(1), default=10_000, show_default=True, help="How many to count.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", default=Path("runs/stats"), show_default=True)
@click.option("--thin", type=click.IntRange(0), default=20, show_default=True, help="How many thin places to print.")
@SEED
@LANGUAGE
def stats(count: int, out: Path, thin: int, seed: int, languages: tuple[str, ...]) -> None:
    """Count the lexicon's patterns and what is generated from them, thin places first.

    FOLDER gets everything as stats.json, and pictures: patterns by device and register, kinds, lengths.
    """
    try:
        from scenic_iot.instruct.stats_draw import write
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.stats import generated, lines
    from scenic_iot.instruct.stats import stats as count_all

    with bars() as progress:
        found = count_all(generated(seed, count, languages or ("zh", "en"), progress), languages or ("zh", "en"))
    paths = write(found, out)
    click.echo("\n".join(lines(found, thin)))
    click.echo("\n" + "\n".join(map(str, paths)))


@command.command("triplets")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1), default=10_000, show_default=True, help="How many rows.")
@click.option(
    "--candidates", type=click.IntRange(1), default=8, show_default=True, help="Of how many the positive is chosen."
)
@SEED
@LANGUAGE
def triplets(file: Path, count: int, candidates: int, seed: int, languages: tuple[str, ...]) -> None:
    """Write triplets to FILE as JSON lines: an anchor, the same said otherwise, and what is alike but means another.

    Each is checked: the positive has the anchor's command and none of its phrases, the negative another command.
    """
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.triplets import summary, write_jsonl
    from scenic_iot.instruct.triplets import triplets as make

    began = time.perf_counter()
    with bars() as progress:
        made = write_jsonl(file, make(seed, count, languages or ("zh", "en"), candidates, progress=progress))
    click.echo(f"{file}: {len(made):,} triplets in {time.perf_counter() - began:.1f} s")
    click.echo("\n".join(summary(made)))


@command.command("card")
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/data-card.md"), show_default=True)
@click.option("--pairs", "count", type=click.IntRange(1), default=20_000, show_default=True, help="How many to count.")
@click.option(
    "--audit", "audited", type=click.IntRange(1), default=100_000, show_default=True, help="Training pairs to look in."
)
@SEED
def card(out: Path, count: int, audited: int, seed: int) -> None:
    """Write the data set's card: what it is, what it holds, what is withheld, whether the benchmark leaks.

    Every figure in it is counted now; the same seed counts the same.
    """
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.card import count as count_all
    from scenic_iot.instruct.card_write import card as write

    with bars() as progress:
        text = write(count_all(seed, count, audited, progress))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    click.echo(f"{out}: {len(text.splitlines()):,} lines")


@command.command("benchmark")
@click.option("--freeze", "anew", is_flag=True, help="Make it anew from the lexicon and freeze that.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.option("--json", "as_json", is_flag=True, help="Print the note as JSON.")
def benchmark(anew: bool, yes: bool, as_json: bool) -> None:
    """What the packaged benchmark holds; its files are checked against the hash that they were frozen with.

    Made anew it is another benchmark: scores on the old one cannot be compared, and models must be trained again.
    """
    from scenic_iot.cli.progress import bars
    from scenic_iot.instruct.freeze import freeze
    from scenic_iot.instruct.frozen import check_frozen
    from scenic_iot.instruct.withheld import FOLDER

    if anew:
        if not yes:
            click.confirm(f"Replace the benchmark in {FOLDER}?", abort=True)
        with bars() as progress:
            freeze(progress=progress)
    note = check_frozen()
    if as_json:
        click.echo(json.dumps(note, indent=1))
        return
    for title, value in note.items():
        listed = ", ".join(f"{name} {count:,}" for name, count in value.items()) if isinstance(value, dict) else value
        click.echo(f"{title:18}{listed}")
    click.echo(f"{'files':18}as they were frozen, in {FOLDER}")
