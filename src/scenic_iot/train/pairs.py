"""Learning any file of prompts and responses: from pairs to a trained model that writes text.

The model, its loop and its objectives are those of commands; what differs is the target. Responses are cut into learned
symbols (`scenic_iot.text.pieces`), more pairs are made out of the given ones (`scenic_iot.textpairs`), and an
encoder-only model fills a grid of clauses (`scenic_iot.text.clausegrid`).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from scenic_iot.instruct.pairfile import Progress, read_rows, silent
from scenic_iot.model.base import Model
from scenic_iot.model.pieces_train import train_pieces
from scenic_iot.model.presets import build, preset
from scenic_iot.model.tokenizer_train import train_tokenizer
from scenic_iot.text.clausegrid import ClauseGrid
from scenic_iot.text.pieces import Pieces
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.textpairs.augment import Augmenter, Shares
from scenic_iot.textpairs.pair import Pair

from .begin import Beginning
from .corpus import Corpus, collect_rows
from .dataset import EncodedPairs, Layout, encode
from .epochs import Epochs, Speller
from .loop import Machine, Trainer
from .objectives import Objective
from .progress import Summary
from .recipe import PairSettings, Recipe, TokenizerSettings

SPARE = 2
"""Places of a clause beyond the longest one known, so that longer ones can be composed."""
_EVERY = 5_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pairs as numbers, with all that follows from them; several models can learn from the same."""

    corpus: Corpus
    tokenizer: Tokenizer
    pieces: Pieces
    grid: ClauseGrid
    given: int
    """Pairs that all others were made of."""

    def digest(self) -> str:
        """A digest of everything that training depends on."""
        parts = [self.corpus.digest(), self.tokenizer.to_json(), self.pieces.to_json(), asdict(self.grid)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TrainedText:
    """A trained model that writes text, with all that its bundle needs."""

    recipe: Recipe
    model: Model
    """On the processor, in evaluation mode."""
    tokenizer: Tokenizer
    pieces: Pieces
    summary: Summary
    held_out: EncodedPairs
    """Some of the training pairs, to check exported graphs by."""
    data_digest: str
    pairs: int
    """Pairs that it was trained on, made ones counted."""
    asked: tuple[Pair, ...]
    """The rows kept from training, to score by."""


def train_pairs(
    recipe: Recipe, folder: Path, machine: Machine, show: bool = True, progress: Progress = silent
) -> TrainedText:
    """Learn the file that the recipe's `pairs` name, in `folder`; an interrupted training is taken up.

    Raises PairFileError, CheckpointError, TrainingError, OSError; ValueError on settings that do not fit together.
    """
    rows = [Pair(row.text, row.answer) for row in read_rows(Path(recipe.pairs.file))]
    order = list(range(len(rows)))
    random.Random(recipe.seed).shuffle(order)
    kept = min(round(len(rows) * recipe.pairs.held_out), len(rows) - 1)
    asked, learned = [rows[i] for i in order[:kept]], [rows[i] for i in sorted(order[kept:])]
    prepared = prepare_pairs(learned, recipe.pairs, recipe.tokenizer, recipe.seed, progress)
    model, summary = train_prepared(prepared, recipe, folder, machine, show)
    sample = encode(prepared.corpus.take(0, min(recipe.export.sentences, len(prepared.corpus))), prepared.tokenizer)
    plain = build(model.config)  # another one: what was compiled stays compiled
    plain.load_state_dict(model.state_dict())
    return TrainedText(
        recipe,
        plain.eval(),
        prepared.tokenizer,
        prepared.pieces,
        summary,
        sample,
        prepared.corpus.digest(),
        len(prepared.corpus),
        tuple(asked),
    )


def prepare_pairs(
    pairs: Sequence[Pair],
    settings: PairSettings,
    tokens: TokenizerSettings,
    seed: int,
    progress: Progress = silent,
) -> Prepared:
    """Learn the symbols, make more pairs, and encode all of them. Raises ValueError where there are no pairs."""
    if not pairs:
        raise ValueError("there are no pairs to learn from")
    pieces = train_pieces({pair.response for pair in pairs}, settings.separator, settings.symbols)
    count = max(settings.augmented, len(pairs))
    grid = ClauseGrid.of(pieces, (pieces.encode(pair.response) for pair in pairs), SPARE)
    made = Augmenter(pairs, pieces, Shares(settings.swapped, settings.joined)).make(count, seed)
    corpus = collect_rows(_encoded(made, pieces, grid, count, progress))
    tokenizer = train_tokenizer(corpus.counts(), (), tokens.size, tokens.mode, tokens.min_count)
    if settings.known:
        pieces = replace(pieces, known=tuple(sorted({pair.response for pair in pairs})))
    return Prepared(corpus, tokenizer, pieces, grid, len(pairs))


def train_prepared(
    prepared: Prepared,
    recipe: Recipe,
    folder: Path,
    machine: Machine,
    show: bool = True,
    beginning: Beginning | None = None,
) -> tuple[Model, Summary]:
    """Train a model of the recipe's family, begun or taken up in `folder`; it stays on the machine's device. With a
    `beginning`, whose tokenizer must be the prepared one, its first weights come from there.

    Raises CheckpointError, TrainingError, OSError; ValueError on sizes that do not fit together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    overrides = {"dropout": recipe.train.dropout, **recipe.model.overrides}
    config = preset(recipe.model.family, recipe.model.preset, len(prepared.tokenizer), prepared.grid, overrides)
    with machine.device:  # large models are drawn where they are needed
        model = build(config)
    if beginning is not None:
        beginning.enter(model)
    layout = Layout(
        recipe.train.batch,
        (config.max_source, config.max_target),
        machine.device,
        multiple=1 if machine.device.type == "cpu" else 8,
        arranged=recipe.train.objective != "cross_entropy",
    )
    epochs = Epochs(
        Speller(prepared.corpus, prepared.tokenizer, layout, recipe.seed, recipe.train.bpe_dropout),
        recipe.train.encodings,
    )
    for targets in epochs.targets():
        model.check(targets)
    made = recipe.to_json()
    parts = [prepared.digest(), *(made[part] for part in ("seed", "model", "train"))]
    trainer = Trainer(
        model,
        epochs,
        recipe.train,
        steps=recipe.train.steps(len(prepared.corpus), len(epochs)),
        folder=folder,
        machine=machine,
        fingerprint=hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest(),
        name=recipe.name,
        objective=Objective.of(recipe.train, model.family, prepared.tokenizer.specials),
        show=show,
    )
    return model, trainer.run()


def _encoded(
    pairs: Iterator[Pair], pieces: Pieces, grid: ClauseGrid, count: int, progress: Progress
) -> Iterator[tuple[str, Sequence[int]]]:
    """Pairs as texts and rows. Made ones that are longer than any that was given are left out: they are nonsense."""
    for index, pair in enumerate(pairs):
        if index % _EVERY == 0:
            progress("making pairs", index, count)
        row = pieces.encode(pair.response)
        if grid.fits(row):
            yield pair.text, row
    progress("making pairs", count, count)
