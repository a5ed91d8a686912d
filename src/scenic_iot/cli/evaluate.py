"""`scenic eval`: scores on gold instructions."""

from __future__ import annotations

from pathlib import Path

import click

from scenic_iot.cli import options


@click.command("eval")
@click.argument("path", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--misses", type=click.IntRange(0), default=0, metavar="N", help="Print the first N misses of each file.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
@options.home
@options.model
@options.beams
def command(
    path: tuple[Path, ...], misses: int, as_json: bool, home: Path | None, model: Path | None, beams: int
) -> None:
    """Score a model on gold JSONL files, with Wilson 95% intervals, by kind.

    Each PATH is a file or a folder of files. A line holds `text`, `command` and perhaps `accept` (other commands
    counted right), `sure` (false: left out) and `kinds`. `NAME.home.yaml` beside `NAME.*.jsonl` is its home, unless
    --home says another.
    """
    import json

    from scenic_iot.bench.evaluate import evaluate_paths
    from scenic_iot.bench.report import scores_table

    scores = evaluate_paths(path, model, home, beams)
    click.echo(
        json.dumps([s.to_json() for s in scores], ensure_ascii=False, indent=1) if as_json else scores_table(scores)
    )
    for score in scores:
        for miss in score.misses[:misses]:
            click.echo(f"{score.name}: {miss.text}\n    wanted {miss.wanted}\n    got    {miss.got}")
