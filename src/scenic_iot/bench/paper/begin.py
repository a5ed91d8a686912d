"""What a run may begin with: a model of the same shape that learned Chinese pairs of Smart Home Instruct.

Nothing of the paper's files is in it. Pairs whose sentence is like a question of the benchmark are left out, by the
rule of split (b). Its commands say what the paper's responses say, in another language: so a begun model has seen
every action of the benchmark, but none of its responses.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from scenic_iot.instruct import generate
from scenic_iot.instruct.generate import Pair
from scenic_iot.instruct.similar import grams
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.begin import Beginning
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import code_digest, prepare, train_recipe
from scenic_iot.train.recipe import Recipe

from .data import NEAR, Question


@dataclass(frozen=True, slots=True)
class Apart:
    """A source of Chinese pairs that are not like any of some texts."""

    texts: tuple[str, ...]
    """Normalised."""

    def __call__(self, seed: int, count: int) -> Iterator[Pair]:
        """Up to `count` pairs: those of `instruct.generate`, without the ones that are too near."""
        asked = [grams(text) for text in self.texts]
        holders: dict[str, list[int]] = {}
        for index, found in enumerate(asked):
            for gram in found:
                holders.setdefault(gram, []).append(index)
        for pair in generate.pairs(seed, count, ("zh",)):
            own = grams(normalise(pair.text, placeholders=True))
            shared = Counter(index for gram in own for index in holders.get(gram, ()))
            if all(both < NEAR * (len(own) + len(asked[index]) - both) for index, both in shared.items()):
                yield pair


class Beginnings:
    """Beginnings as they are asked for; models and pairs are kept in `folder`, and not made again."""

    def __init__(self, benchmark: Sequence[Question], folder: Path, machine: Machine, workers: int = 1) -> None:
        self._source = Apart(tuple(normalise(question.text) for question in benchmark))
        self._folder, self._workers = folder, workers
        self._machine = replace(machine, checkpoint_seconds=0.0)
        self._corpora: dict[int, tuple[Corpus, Corpus]] = {}

    def __call__(self, recipe: Recipe) -> Beginning:
        """Train by the recipe, or read what was trained by it before. Raises OSError, TrainingError."""
        path = self._folder / f"begun-{recipe.model.family}-{recipe.seed}.pt"
        key = hashlib.sha256(json.dumps([recipe.to_json(), code_digest()], sort_keys=True).encode()).hexdigest()
        if path.exists():
            kept = torch.load(path, map_location="cpu", weights_only=True)
            if kept["key"] == key:
                return Beginning(Tokenizer.from_json(kept["tokenizer"]), kept["weights"])
        with tempfile.TemporaryDirectory() as work:
            if recipe.seed not in self._corpora:
                self._corpora[recipe.seed] = prepare(recipe, Path(work), source=self._source, workers=self._workers)
            corpora, workers = self._corpora[recipe.seed], self._workers
            trained = train_recipe(recipe, Path(work), self._machine, workers=workers, show=False, corpora=corpora)
        begun = Beginning.of(trained.model, trained.tokenizer)
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(path.name + ".part")
        torch.save({"key": key, "tokenizer": begun.tokenizer.to_json(), "weights": dict(begun.weights)}, temporary)
        os.replace(temporary, path)
        return begun
