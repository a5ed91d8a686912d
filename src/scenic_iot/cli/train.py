"""`scenic train`: from a recipe to a bundle."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenic_iot.cli.errors import UsageError, need_extra

if TYPE_CHECKING:
    from scenic_iot.train.loop import Machine
    from scenic_iot.train.recipe import Recipe


@click.command("train")
@click.argument("recipe", type=click.Path(path_type=Path), required=False)
@click.option(
    "--pairs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Learn this file of prompts and responses (or of text and command), whatever language they are in.",
)
@click.option("--family", help="encoder, decoder or encoder_decoder. [default: as the recipe says]")
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
@click.option("--graphs/--no-graphs", default=False, help="Record steps as CUDA graphs: for small models on a GPU.")
def command(
    recipe: Path | None,
    pairs: Path | None,
    family: str | None,
    out: Path | None,
    init: Path | None,
    device: str,
    workers: int,
    threads: int,
    compiled: bool | None,
    graphs: bool,
) -> None:
    """Train a model from a RECIPE, or from any pairs of prompt and response, and make its bundle.

    Everything lies in one folder: the pairs, checkpoints, summary.json, loss.png and `bundle`. The same command takes
    up an interrupted run where its last checkpoint left it.

    \b
    scenic train recipes/default.yaml
    accelerate launch --num_processes 4 -m scenic_iot.cli train recipes/default.yaml
    scenic eval my-gold.jsonl --model runs/default/bundle
    scenic train --pairs mine.json --out runs/mine
    scenic run --model runs/mine/bundle "..."
    """
    try:
        from scenic_iot.export.make import make_bundle
        from scenic_iot.model.foreign import ForeignError
        from scenic_iot.text.tokenizer import TokenizerError
        from scenic_iot.train.loop import Machine
    except ImportError as error:
        raise need_extra("train", error) from error
    from scenic_iot.cli.progress import bars

    plan = _plan(recipe, pairs, family)
    if init is not None:
        plan = replace(plan, model=replace(plan.model, init=str(init)))
    folder = out or Path("runs") / plan.name
    machine = Machine.detect(device, threads=threads, compile=compiled, graphs=graphs)
    if plan.pairs.file:
        _learn_pairs(plan, folder, machine)
        return
    try:
        with bars() as progress:
            bundle = make_bundle(plan, folder, folder / "bundle", machine, workers=workers, progress=progress)
    except (ForeignError, TokenizerError) as error:
        raise UsageError(str(error)) from error
    if machine.processes.main:
        click.echo(f"the bundle is in {bundle}; try: scenic run --model {bundle} 'lights off'")


def _plan(path: Path | None, pairs: Path | None, family: str | None) -> Recipe:
    """The recipe with what the options change; for pairs alone, one that suits them."""
    from scenic_iot.model.presets import FAMILIES
    from scenic_iot.train.recipe import for_pairs, read_recipe

    if path is None and pairs is None:
        raise UsageError("give a RECIPE, or --pairs and a file of pairs")
    plan = read_recipe(path) if path is not None else for_pairs(str(pairs))
    if pairs is not None:
        plan = replace(plan, pairs=replace(plan.pairs, file=str(pairs)))
    if family is not None:
        chosen = next((name for name in FAMILIES if name == family), None)
        if chosen is None:
            raise UsageError(f"no family {family!r}; there are {', '.join(FAMILIES)}")
        plan = replace(plan, model=replace(plan.model, family=chosen))
    return plan


def _learn_pairs(plan: Recipe, folder: Path, machine: Machine) -> None:
    """Train on a file of pairs, make the bundle, and score it on the rows that were kept from training."""
    from scenic_iot.bench.textscore import exact_match
    from scenic_iot.cli.progress import bars
    from scenic_iot.export.bundle import add_scores
    from scenic_iot.export.make import export_bundle
    from scenic_iot.runtime.writer import load_writer
    from scenic_iot.textpairs.pair import COMPARED
    from scenic_iot.train.pairs import train_pairs

    with bars() as progress:
        trained = train_pairs(plan, folder, machine, progress=progress)
    if not machine.processes.main:
        return
    bundle = export_bundle(trained, folder / "bundle")
    if trained.asked:
        writer, answers = load_writer(bundle), []
        with bars() as progress:
            for done, pair in enumerate(trained.asked, 1):
                reply = writer(pair.text)
                answers.append([reply.command, *(other.command for other in reply.alternatives)])
                progress("scoring", done, len(trained.asked))
        em1, em5 = exact_match([pair.response for pair in trained.asked], answers)
        add_scores(bundle, {"held out": {"EM@1": str(em1), "EM@5": str(em5), "compared by": COMPARED}})
        click.echo(f"{len(trained.asked)} rows kept from training: EM@1 {em1}, EM@5 {em5} (compared by {COMPARED})")
    click.echo(f"the bundle is in {bundle}; try: scenic run --model {bundle} TEXT")
