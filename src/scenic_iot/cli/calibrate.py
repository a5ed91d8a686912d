"""`scenic calibrate`: how sure a bundle's commands are."""

from __future__ import annotations

from pathlib import Path

import click

from scenic_iot.cli.errors import need_extra


@click.command("calibrate")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--pairs", "count", type=click.IntRange(400), default=8_000, show_default=True, help="To fit on.")
@click.option(
    "--caution",
    type=click.FloatRange(0),
    default=0.4,
    show_default=True,
    help="What it costs to do a wrong command, in wrong refusals.",
)
def command(bundle: Path, count: int, caution: float) -> None:
    """Fit how sure the commands of a BUNDLE are, and from when on they are done, on newly generated pairs.

    `confidence` in its results is then the chance that a command is right; a command below the threshold is refused,
    and what could do harm has a threshold of its own. Recipes calibrate by default; this does it again.
    """
    from scenic_iot.cli.progress import bars

    try:
        from scenic_iot.export.calibrate import calibrate
    except ImportError as error:
        raise need_extra("train", error) from error
    with bars() as progress:
        found = calibrate(bundle, count, caution, progress=progress)
    click.echo(", ".join(f"{name} {weight:+.3f}" for name, weight in found["weights"].items()))
    click.echo(f"commands are done from {found['threshold']:.2f} on, what could do harm from {found['harmful']:.4f} on")
