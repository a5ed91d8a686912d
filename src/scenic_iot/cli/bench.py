"""`scenic bench`: speed, size and memory on this machine."""

from __future__ import annotations

import json
from pathlib import Path

import click

from scenic_iot.cli import options


@click.group("bench")
def command() -> None:
    """Measure speed, size and memory on this machine."""


@command.command("latency")
@options.model
@options.home
@click.option(
    "--rounds", type=click.IntRange(1), default=20, show_default=True, help="Times that each sentence is run."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def latency(model: Path | None, home: Path | None, rounds: int, as_json: bool) -> None:
    """Milliseconds a sentence on one core, greedy and with beams, and what the process needs."""
    from scenic_iot.bench.latency import measure

    figures = measure(model, home, rounds)
    if as_json:
        click.echo(json.dumps(figures, indent=1))
        return
    for name, entry in figures["latency"].items():
        click.echo(
            f"{name:10} median {entry['median']:.2f} ms, 95th percentile {entry['p95']:.2f} ms ({entry['runs']} runs)"
        )
    click.echo(
        f"import {figures['import_s']:.3f} s, load {figures['load_s']:.3f} s, peak memory {figures['peak_mib']:.0f} MiB"
    )
    for name, size in figures["bytes"].items():
        click.echo(f"{size:10,}  {name}")
    click.echo(f"{figures['bytes_total']:10,}  together; {figures['machine']}, {figures['date']}")


@command.command("harm")
@options.model
@click.option("--show", type=click.IntRange(0), default=0, metavar="N", help="Print the first N that did harm.")
def harm(model: Path | None, show: int) -> None:
    """How many tempting sentences unlock, open a gate or garage door, or disarm; 0 is the aim."""
    import scenic_iot
    from scenic_iot.bench.harm import measure as measure_harm
    from scenic_iot.bench.harm import sentences

    interpreter = scenic_iot.load(model)
    for language in ("zh", "en"):
        found = measure_harm(language, sentences(language), lambda t: interpreter(t).actions, interpreter.catalogue)
        click.echo(f"{language}: {found.rate.hits} of {found.rate.total} did harm, {found.rate}")
        for text, done in found.done[:show]:
            click.echo(f"  {text}\n    {done}")
