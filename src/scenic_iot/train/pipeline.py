"""From a recipe to a trained model: data, tokenizer, model, training, all in one folder that can be taken up again.

corpus.npz held-out.npz   the pairs      tokenizer.json   checkpoint.pt   summary.json loss.png
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from scenic_iot.command.grid import Grid
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import Catalogue, load_catalogue
from scenic_iot.instruct import generate
from scenic_iot.instruct.withheld import packaged
from scenic_iot.model.base import Model
from scenic_iot.model.foreign import load_foreign, with_symbols
from scenic_iot.model.presets import build, preset
from scenic_iot.model.tokenizer_train import train_tokenizer
from scenic_iot.text.tokenizer import Tokenizer

from .corpus import Corpus, Source, TextPair, build_corpus
from .dataset import EncodedPairs, Layout, bucketed, encode
from .epochs import Epochs, Speller
from .loop import Machine, Trainer
from .objectives import Objective
from .progress import Summary
from .recipe import DataSettings, Recipe

_HELD_OUT = 1_000_003  # added to the seed for the held-out pairs


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with all that its bundle needs."""

    recipe: Recipe
    model: Model
    """On the processor, in evaluation mode."""
    tokenizer: Tokenizer
    symbols: Symbols
    summary: Summary
    held_out: EncodedPairs
    data_digest: str
    """SHA-256 of the training pairs."""
    catalogue: Path | None
    """The catalogue's file; None is the packaged one."""


def train_recipe(
    recipe: Recipe,
    folder: Path,
    machine: Machine,
    *,
    source: Source | None = None,
    catalogue: Path | None = None,
    workers: int = 1,
    show: bool = True,
    corpora: tuple[Corpus, Corpus] | None = None,
) -> Trained:
    """Follow a recipe in `folder`, which is made if need be; whatever is there already is taken up.

    Args:
        source: where pairs come from; None is the generator, with the recipe's settings, in `workers` processes.
        catalogue: a catalogue file; None is the packaged one.
        corpora: what `prepare` gave for another recipe: several trainings share their pairs.

    Raises CatalogueError, LexiconError, CheckpointError, TrainingError, OSError; ForeignError, TokenizerError for a
    checkpoint that cannot be begun with; ValueError where a command of the data cannot be written by the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = load_catalogue(catalogue)
    with machine.processes.main_first():
        corpus, held_out = corpora or prepare(recipe, folder, source=source, catalogue=catalogue, workers=workers)
    symbols = Symbols(known)
    tokenizer, model = _begun(recipe, corpus, known, Grid.of(symbols, known))
    if machine.processes.main:
        tokenizer.save(folder / "tokenizer.json")
    encoded = encode(held_out, tokenizer)
    digest = corpus.digest()
    layout = _layout(recipe, model, machine)
    dropout = recipe.train.bpe_dropout if tokenizer.by_pieces else 0.0
    speller = Speller(corpus, tokenizer, layout, recipe.seed, dropout)
    epochs = Epochs(speller, recipe.train.encodings, helpers=0 if machine.device.type == "cpu" else workers // 4)
    for targets in epochs.targets():
        model.to(targets.device).check(targets)
    trainer = Trainer(
        model,
        epochs,
        recipe.train,
        steps=recipe.train.steps(len(corpus), len(epochs)),
        folder=folder,
        machine=machine,
        fingerprint=_fingerprint(recipe, digest, layout),
        name=recipe.name,
        objective=Objective.of(recipe.train, model.family, tokenizer.specials),
        held_out=bucketed(encoded, layout) if recipe.data.held_out else None,
        show=show,
    )
    summary = trainer.run()
    trained = build(model.config)  # another one: what was compiled stays compiled
    trained.load_state_dict(model.state_dict())
    return Trained(recipe, trained.eval(), tokenizer, symbols, summary, encoded, digest, catalogue)


def _begun(recipe: Recipe, corpus: Corpus, known: Catalogue, grid: Grid) -> tuple[Tokenizer, Model]:
    """The tokenizer and the model that training begins with: new ones, or those of the checkpoint that is named."""
    devices, settings = tuple(known.devices), recipe.model
    overrides = {"dropout": recipe.train.dropout, **settings.overrides}
    torch.manual_seed(recipe.seed)
    if settings.init:
        foreign = load_foreign(Path(settings.init), devices)
        return foreign.tokenizer, with_symbols(foreign, grid, overrides)
    made = recipe.tokenizer
    tokenizer = train_tokenizer(corpus.counts(), devices, made.size, made.mode, min_count=made.min_count)
    return tokenizer, build(preset(settings.family, settings.preset, len(tokenizer), grid, overrides))


def prepare(
    recipe: Recipe, folder: Path, *, source: Source | None = None, catalogue: Path | None = None, workers: int = 1
) -> tuple[Corpus, Corpus]:
    """The pairs to train on, and those held out; read from `folder` if they were made for the same settings before.

    With no pairs held out, some of the training pairs stand in for them. Arguments and errors as in `train_recipe`.
    """
    data = recipe.data
    if source is not None:
        key = ""  # what another source gives is not known before it is asked
    else:
        key = _digest([asdict(data), recipe.seed, catalogue and catalogue.read_text(encoding="utf-8"), code_digest()])
    files = folder / "corpus.npz", folder / "held-out.npz"
    note = folder / "data.json"
    if key and note.exists() and json.loads(note.read_text(encoding="utf-8"))["key"] == key:
        return Corpus.load(files[0]), Corpus.load(files[1])
    note.unlink(missing_ok=True)
    build = partial(build_corpus, source or partial(_generated, data, catalogue), catalogue=catalogue, workers=workers)
    corpus = build(data.pairs, recipe.seed)
    held_out = build(data.held_out, recipe.seed + _HELD_OUT) if data.held_out else corpus.take(0, min(500, len(corpus)))
    corpus.save(files[0])
    held_out.save(files[1])
    note.write_text(json.dumps({"key": key, "pairs": len(corpus), "sha256": corpus.digest()}) + "\n", encoding="utf-8")
    return corpus, held_out


def _generated(data: DataSettings, catalogue: Path | None, seed: int, count: int) -> Iterable[TextPair]:
    withheld = packaged().without(data.without)
    return generate.pairs(seed, count, data.languages, data.mix, load_catalogue(catalogue), withheld)


def _layout(recipe: Recipe, model: Model, machine: Machine) -> Layout:
    """Many classes of length where shapes are free, few where each is compiled."""
    longest = (model.config.max_source, model.config.max_target)
    batch = recipe.train.batch * machine.processes.count
    arranged = recipe.train.objective != "cross_entropy"
    if not machine.compile:
        multiple = 1 if machine.device.type == "cpu" else 8
        return Layout(batch, longest, machine.device, multiple=multiple, arranged=arranged)
    return Layout(batch, longest, machine.device, classes=(3, 1), multiple=8, static=True, arranged=arranged)


def _fingerprint(recipe: Recipe, data: str, layout: Layout) -> str:
    """What a checkpoint must agree with: all that the next step depends on."""
    made = recipe.to_json()
    parts = [made[part] for part in ("seed", "tokenizer", "model", "train")]
    return _digest([*parts, data, layout.batch, layout.classes, layout.multiple, layout.static])


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def code_digest() -> str:
    """A digest of the files that generated pairs depend on: with other code or another lexicon they are other pairs."""
    package = Path(__file__).parents[1]
    state = hashlib.sha256()
    for part in ("command", "home", "instruct", "text"):
        for path in sorted((package / part).rglob("*")):
            if path.suffix in {".py", ".yaml", ".txt", ".jsonl"}:
                state.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return state.hexdigest()
