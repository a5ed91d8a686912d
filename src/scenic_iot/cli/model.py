"""`scenic model`: what models there are."""

from __future__ import annotations

import click

from scenic_iot.cli.errors import need_extra


@click.group("model")
def command() -> None:
    """Models: presets and their sizes."""


@command.command("list")
@click.option("--vocabulary", type=click.IntRange(200), default=3000, show_default=True, help="Input tokens.")
def list_presets(vocabulary: int) -> None:
    """List the presets with their parameters, counted on the model itself, embeddings included."""
    try:
        import torch

        from scenic_iot.model.presets import FAMILIES, PRESETS, build, preset, shape
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.command.grid import Grid
    from scenic_iot.command.symbols import Symbols
    from scenic_iot.home.catalogue import load_catalogue

    catalogue = load_catalogue()
    grid = Grid.of(Symbols(catalogue), catalogue)
    click.echo(f"{'family':16} {'preset':8} {'parameters':>12}  shape")
    for family in FAMILIES:
        for name in PRESETS:
            with torch.device("meta"):
                size = build(preset(family, name, vocabulary, grid)).size()
            sizes = ", ".join(f"{field.replace('_', ' ')} {value}" for field, value in shape(family, name).items())
            click.echo(f"{family:16} {name:8} {size:12,}  {sizes}")
