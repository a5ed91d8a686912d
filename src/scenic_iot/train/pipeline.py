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

from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.instruct import generate
from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.model.presets import preset
from scenic_iot.model.tokenizer_train import train_tokenizer
from scenic_iot.text.tokenizer import Tokenizer, special_tokens

from .corpus import Corpus, Source, TextPair, build_corpus
from .dataset import EncodedPairs, Layout, bucketed, encode
from .epochs import Epochs, Speller
from .loop import Machine, Trainer
from .progress import Summary
from .recipe import DataSettings, Recipe

_HELD_OUT = 1_000_003  # added to the seed for the held-out pairs


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model with all that its bundle needs."""

    recipe: Recipe
    model: EncoderDecoder
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
) -> Trained:
    """Follow a recipe in `folder`, which is made if need be; whatever is there already is taken up.

    Args:
        source: where pairs come from; None is the generator, with the recipe's settings, in `workers` processes.
        catalogue: a catalogue file; None is the packaged one.

    Raises CatalogueError, LexiconError, CheckpointError, TrainingError, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = load_catalogue(catalogue)
    corpus, held_out = prepare(recipe, folder, source=source, catalogue=catalogue, workers=workers)
    symbols = Symbols(known)
    tokenizer = train_tokenizer(
        corpus.counts(),
        tuple(known.devices),
        recipe.tokenizer.size,
        recipe.tokenizer.mode,
        min_count=recipe.tokenizer.min_count,
    )
    tokenizer.save(folder / "tokenizer.json")
    overrides = {"dropout": recipe.train.dropout, **recipe.model.overrides}
    torch.manual_seed(recipe.seed)
    model = EncoderDecoder(preset(recipe.model.preset, len(tokenizer), len(symbols), overrides))
    encoded = encode(held_out, tokenizer)
    digest = corpus.digest()
    layout = _layout(recipe, model, machine)
    speller = Speller(corpus, tokenizer, layout, recipe.seed, recipe.train.bpe_dropout)
    epochs = Epochs(speller, recipe.train.encodings, helpers=0 if machine.device.type == "cpu" else workers // 4)
    trainer = Trainer(
        model,
        epochs,
        recipe.train,
        steps=recipe.train.steps(len(corpus), len(epochs)),
        folder=folder,
        machine=machine,
        fingerprint=_fingerprint(recipe, digest, layout),
        name=recipe.name,
        specials=len(special_tokens(tuple(known.devices))),
        held_out=bucketed(encoded, layout) if recipe.data.held_out else None,
        show=show,
    )
    summary = trainer.run()
    trained = EncoderDecoder(model.config)  # another one: what was compiled stays compiled
    trained.load_state_dict(model.state_dict())
    return Trained(recipe, trained.eval(), tokenizer, symbols, summary, encoded, digest, catalogue)


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
        key = _digest([asdict(data), recipe.seed, catalogue and catalogue.read_text(encoding="utf-8"), _code()])
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
    return generate.pairs(seed, count, data.languages, data.mix, load_catalogue(catalogue))


def _layout(recipe: Recipe, model: EncoderDecoder, machine: Machine) -> Layout:
    """Many classes of length where shapes are free, few where each is compiled."""
    longest = (model.config.max_source, model.config.max_target)
    if not machine.compile:
        return Layout(recipe.train.batch, longest, machine.device, multiple=1 if machine.device.type == "cpu" else 8)
    return Layout(recipe.train.batch, longest, machine.device, classes=(3, 1), multiple=8, static=True)


def _fingerprint(recipe: Recipe, data: str, layout: Layout) -> str:
    """What a checkpoint must agree with: all that the next step depends on."""
    made = recipe.to_json()
    parts = [made[part] for part in ("seed", "tokenizer", "model", "train")]
    return _digest([*parts, data, layout.classes, layout.multiple, layout.static])


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _code() -> str:
    """A digest of the files that generated pairs depend on: with other code or another lexicon they are other pairs."""
    package = Path(__file__).parents[1]
    state = hashlib.sha256()
    for part in ("command", "home", "instruct", "text"):
        for path in sorted((package / part).rglob("*")):
            if path.suffix in {".py", ".yaml", ".txt"}:
                state.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return state.hexdigest()
