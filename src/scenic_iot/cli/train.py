"""`scenic train`: from a recipe to a bundle."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from scenic_iot.cli.errors import UsageError, need_extra


@click.command("train")
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where to work. [default: runs/NAME of the recipe]"
)
@click.option(
    "--init",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Begin with this checkpoint in Hugging Face format: T5, Llama, Qwen2, Qwen3 or BERT.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="all cores")
@click.option("--threads", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="all cores")
@click.option(
    "--compile/--no-compile",
    "compiled",
    default=None,
    help="torch.compile, layer by layer; takes a minute to begin. [default: off]",
)
def command(
    recipe: Path,
    out: Path | None,
    init: Path | None,
    device: str,
    workers: int,
    threads: int,
    compiled: bool | None,
) -> None:
    """Train a model from a RECIPE and make its bundle.

    Everything lies in one folder: the pairs, checkpoints, summary.json, loss.png and `bundle`. The same command takes
    up an interrupted run where its last checkpoint left it.

    \b
    scenic train recipes/default.yaml
    scenic eval my-gold.jsonl --model runs/default/bundle
    """
    try:
        from scenic_iot.export.make import make_bundle
        from scenic_iot.model.foreign import ForeignError
        from scenic_iot.text.tokenizer import TokenizerError
        from scenic_iot.train.loop import Machine
        from scenic_iot.train.recipe import read_recipe
    except ImportError as error:
        raise need_extra("train", error) from error
    plan = read_recipe(recipe)
    if init is not None:
        plan = replace(plan, model=replace(plan.model, init=str(init)))
    folder = out or Path("runs") / plan.name
    machine = Machine.detect(device, threads=threads, compile=compiled)
    try:
        bundle = make_bundle(plan, folder, folder / "bundle", machine, workers=workers)
    except (ForeignError, TokenizerError) as error:
        raise UsageError(str(error)) from error
    click.echo(f"the bundle is in {bundle}; try: scenic run --model {bundle} 'lights off'")
