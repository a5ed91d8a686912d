"""Which models are trained, and how: three families in two sizes, with two objectives, from nothing or begun."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scenic_iot.model.base import Family
from scenic_iot.model.presets import FAMILIES
from scenic_iot.train.recipe import (
    DataSettings,
    ModelSettings,
    PairSettings,
    Recipe,
    TokenizerSettings,
    TrainSettings,
)
from scenic_iot.train.recipe import Objective as Name

from .data import SPLITS

OBJECTIVES: dict[str, Name] = {"sft": "cross_entropy", "triplet": "triplet"}
SIZES = ("ours", "paper")
STARTS = ("nothing", "instruct")
"""What the first weights are: drawn, or those of a model of Smart Home Instruct (our sizes only; see `begin`)."""
TOKENS = TokenizerSettings(size=3000, min_count=1)
_MADE = 200_000
_PAIRS = {
    # What is to be learned by heart is mostly shown as it is.
    "a": PairSettings(augmented=_MADE, swapped=0.1, joined=0.1),
    "b": PairSettings(augmented=_MADE, swapped=0.3, joined=0.4),
    "c": PairSettings(augmented=_MADE, swapped=0.3, joined=0.4),
}
_TRAIN: dict[str, dict[str, Any]] = {
    "ours": {"batch": 1024, "learning_rate": 3e-3, "warmup": 80, "weight_decay": 0.05, "ema": 0.99},
    "paper": {"batch": 256, "learning_rate": 4e-4, "warmup": 60, "weight_decay": 0.05, "ema": 0.0},
}
_SAMPLES: dict[str, dict[str, int]] = {
    # Composing takes longer to learn than a file does.
    "ours": {"a": 900_000, "b": 1_600_000, "c": 2_400_000},
    "paper": {"a": 120_000, "b": 120_000, "c": 160_000},
}
_BEGUN = {"pairs": 400_000, "samples": 1_500_000}
_LONGER = 3
"""Times as many rows for the large encoder: it writes a scene of three actions in many places at once."""
_PRESETS = {"ours": "small", "paper": "paper"}


@dataclass(frozen=True, slots=True)
class Run:
    """One model to train and score."""

    split: str
    size: str
    family: Family
    objective: str
    seed: int
    samples: int = 0
    """Rows seen in training, instead of what the size says; for trying things out."""
    start: str = "nothing"

    @property
    def name(self) -> str:
        """What it is called in the display."""
        begun = "" if self.start == "nothing" else f" begun with {self.start}"
        return f"({self.split}) {self.family} {self.size} {self.objective}{begun} seed {self.seed}"

    def pairs(self) -> PairSettings:
        """How its training pairs are made."""
        return _PAIRS[self.split]

    def recipe(self) -> Recipe:
        """Everything else."""
        settings = _TRAIN[self.size] | {"samples": self.samples or self._usual()}
        return Recipe(
            self.name,
            seed=self.seed,
            pairs=self.pairs(),
            tokenizer=TOKENS,
            model=ModelSettings(self.family, _PRESETS[self.size]),
            train=TrainSettings(
                objective=OBJECTIVES[self.objective],
                dropout=0.0,  # made pairs vary enough, and dropout slows composing
                token_dropout=0.05,
                bpe_dropout=0.0,
                encodings=1,
                evaluations=0,
                **settings,
            ),
        )

    def _usual(self) -> int:
        """Rows seen in training; half of them suffice where sentences are understood already."""
        rows = _SAMPLES[self.size][self.split]
        if self.size == "paper" and self.family == "encoder":
            return _LONGER * rows
        return rows if self.start == "nothing" else rows // 2

    def beginning(self) -> Recipe:
        """How the model that it begins with is made."""
        return Recipe(
            f"beginning of {self.family} {self.size} seed {self.seed}",
            seed=self.seed,
            data=DataSettings(pairs=_BEGUN["pairs"], held_out=1_000, languages=("zh",)),
            tokenizer=TokenizerSettings(size=3000),
            model=ModelSettings(self.family, _PRESETS[self.size]),
            train=TrainSettings(
                samples=self.samples or _BEGUN["samples"],
                batch=1024,
                learning_rate=3e-3,
                warmup=300,
                weight_decay=0.05,
                dropout=0.0,
                token_dropout=0.02,
                encodings=2,
                evaluations=1,
            ),
        )

    def key(self) -> str:
        """A digest of all settings: a run with the same one is not repeated."""
        recipes = [self.recipe(), *([] if self.start == "nothing" else [self.beginning()])]
        text = json.dumps([self.split, *(recipe.to_json() for recipe in recipes)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def plan(
    splits: Sequence[str] = SPLITS,
    sizes: Sequence[str] = SIZES,
    families: Sequence[str] = FAMILIES,
    objectives: Sequence[str] = tuple(OBJECTIVES),
    seeds: int = 1,
    samples: int = 0,
    starts: Sequence[str] = STARTS,
) -> list[Run]:
    """All combinations, split by split, so that what is made for a split is made once; models of the paper's size are
    begun with nothing. Raises ValueError on a name that there is not."""
    chosen: tuple[Family, ...] = tuple(family for family in FAMILIES if family in families)
    known = {
        "split": (splits, SPLITS),
        "size": (sizes, SIZES),
        "family": (families, FAMILIES),
        "objective": (objectives, tuple(OBJECTIVES)),
        "start": (starts, STARTS),
    }
    for what, (given, names) in known.items():
        for name in given:
            if name not in names:
                raise ValueError(f"no {what} {name!r}; there are {', '.join(names)}")
    combined = itertools.product(splits, range(1, seeds + 1), sizes, chosen, objectives, starts)
    return [
        Run(split, size, family, objective, seed, samples, start)
        for split, seed, size, family, objective, start in combined
        if size == "ours" or start == "nothing"
    ]
