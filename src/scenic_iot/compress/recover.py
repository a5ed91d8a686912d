"""Recovery: training what is left of a model, with the masks put on again after every step.

One-shot and progressive pruning get the same number of steps, and so does the dense control that prunes nothing: what
progressive pruning gains is then no gain of further training.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from scenic_iot.model.base import Model
from scenic_iot.model.config import ModelConfig
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.dataset import Batch, Layout
from scenic_iot.train.epochs import Epochs, Speller
from scenic_iot.train.loop import Loss, Machine, Trainer
from scenic_iot.train.objectives import Objective
from scenic_iot.train.recipe import Recipe, TrainSettings

from .mask import Masks, apply_masks
from .prune import Pruning, prune
from .schedule import Schedule

RATE = 0.5
"""Highest learning rate of a recovery, as a share of the recipe's: enough to move, not enough to begin anew."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a recovery reads, on its device, and how long it lasts; made once for many recoveries."""

    epochs: Epochs
    settings: TrainSettings
    machine: Machine
    steps: int
    specials: int

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        corpus: Corpus,
        tokenizer: Tokenizer,
        config: ModelConfig,
        machine: Machine,
        samples: int,
    ) -> Lessons:
        """Lessons on the first `samples` pairs of a corpus, seen once; on all of it, seen again, if it has fewer."""
        part = corpus.take(0, min(samples, len(corpus)))
        settings = replace(
            recipe.train,
            objective="cross_entropy",
            samples=samples,
            learning_rate=RATE * recipe.train.learning_rate,
            encodings=1,
            evaluations=0,
        )
        multiple = 1 if machine.device.type == "cpu" else 8
        longest = (config.max_source, config.max_target)
        layout = Layout(settings.batch, longest, machine.device, multiple=multiple)
        dropout = settings.bpe_dropout if tokenizer.by_pieces else 0.0
        epochs = Epochs(Speller(part, tokenizer, layout, recipe.seed + 1, dropout), 1)
        return cls(epochs, settings, machine, settings.steps(len(part), len(epochs)), tokenizer.specials)

    def objective(self) -> Objective:
        """Cross-entropy, with the recipe's smoothing and token dropout."""
        return Objective(
            label_smoothing=self.settings.label_smoothing,
            token_dropout=self.settings.token_dropout,
            specials=self.specials,
        )


class Pruner:
    """Prunes a model while it trains, as a schedule says. Call it with the number of steps done, 0 before the first."""

    def __init__(self, model: Model, pruning: Pruning, schedule: Schedule, batches: Sequence[Batch]) -> None:
        """`batches` are calibration data on the device of the model's training."""
        self.model, self.pruning, self.schedule, self.batches = model, pruning, schedule, batches
        self.masks: Masks = {}

    def __call__(self, step: int) -> None:
        sparsity = self.schedule.at(step)
        if sparsity is not None:
            self.masks = prune(self.model, replace(self.pruning, sparsity=sparsity), self.batches, self.masks or None)
        elif self.masks:
            apply_masks(self.model, self.masks)


def recover(
    model: Model,
    lessons: Lessons,
    *,
    pruner: Pruner | None = None,
    objective: Loss | None = None,
    name: str = "recovery",
    show: bool = False,
) -> None:
    """Train a model in place; it comes back on the processor, in evaluation mode, its averaged weights masked.

    Args:
        pruner: prunes the model before and between the steps; None for a model that stays as dense as it is.
        objective: None is cross-entropy.

    Raises TrainingError where the loss is no number any more.
    """
    torch.manual_seed(0)  # of dropout: the same for every method
    model.to(lessons.machine.device)
    if pruner is not None:
        pruner(0)
    with tempfile.TemporaryDirectory() as folder:
        _trainer(model, lessons, pruner, objective, name, Path(folder), show).run()
    if pruner is not None:
        apply_masks(model, pruner.masks)  # averages remember what was pruned late
    model.cpu().eval()


def _trainer(
    model: Model,
    lessons: Lessons,
    after_step: Callable[[int], None] | None,
    objective: Loss | None,
    name: str,
    folder: Path,
    show: bool,
) -> Trainer:
    return Trainer(
        model,
        lessons.epochs,
        lessons.settings,
        steps=lessons.steps,
        folder=folder,
        machine=lessons.machine,
        fingerprint=name,
        name=name,
        objective=objective or lessons.objective(),
        after_step=after_step,
        show=show,
    )
