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

        from scenic_iot.model.encoder_decoder import EncoderDecoder
        from scenic_iot.model.presets import PRESETS, preset
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.command.symbols import Symbols
    from scenic_iot.home.catalogue import load_catalogue

    symbols = len(Symbols(load_catalogue()))
    click.echo(f"{'preset':8} {'parameters':>12} {'width':>6} {'heads':>6} {'hidden':>7} {'encoder':>8} {'decoder':>8}")
    for name in PRESETS:
        config = preset(name, vocabulary, symbols)
        with torch.device("meta"):
            size = EncoderDecoder(config).size()
        shape = (
            f"{config.width:6} {config.heads:6} {config.hidden:7} {config.encoder_layers:8} {config.decoder_layers:8}"
        )
        click.echo(f"{name:8} {size:12,} {shape}")
