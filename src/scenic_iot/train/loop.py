"""The one training loop. It knows a model that gives logits, batches of any source, and where to write.

On a GPU nothing in a step waits for the device: losses are summed there and read every `LOG_EVERY` steps.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from scenic_iot.text.tokenizer import PAD, UNK

from . import checkpoint
from .dataset import Batch, Bucketed
from .optim import Learner, learning_rate
from .progress import Display, Point, Summary, write_summary
from .recipe import TrainSettings

LOG_EVERY = 50  # steps
CHECKPOINT = "checkpoint.pt"


class TrainingError(RuntimeError):
    """Training that cannot go on."""


class Batches(Protocol):
    """Where batches come from; see `dataset.Epochs`."""

    def batches(self, epoch: int, skip: int = 0) -> Iterator[Batch]: ...


@dataclass(frozen=True, slots=True)
class Machine:
    """What training runs on."""

    device: torch.device
    compile: bool = False
    """Compile the model's layers: pays on a GPU after some minutes."""
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_seconds: float = 120.0

    @classmethod
    def detect(cls, device: str = "auto", threads: int | None = None, compile: bool | None = None) -> Machine:
        """The GPU with bfloat16 if there is one, else the processor with so many threads; compiled only if asked."""
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if threads:
            torch.set_num_threads(threads)
        torch.set_flush_denormal(True)  # averaged weights and Adam's moments drift into them, and they are slow
        gpu = device.startswith("cuda")
        if gpu:
            torch.set_float32_matmul_precision("high")
        return cls(torch.device(device), bool(compile), "bfloat16" if gpu else "float32")

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context in which the model computes."""
        if self.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised: the mean cross-entropy of the symbols, padding left out."""

    label_smoothing: float = 0.0
    token_dropout: float = 0.0
    specials: int = 0
    """Token ids below this are never dropped."""

    def __call__(self, model: nn.Module, source: Tensor, target: Tensor) -> Tensor:
        """The loss of a batch, as a scalar; source (B, S), target (B, T)."""
        if self.token_dropout:
            dropped = (torch.rand(source.shape, device=source.device) < self.token_dropout) & (source >= self.specials)
            source = source.masked_fill(dropped, UNK)
        logits = model(source, target).float()
        return functional.cross_entropy(
            logits.flatten(0, 1), target.flatten(), ignore_index=PAD, label_smoothing=self.label_smoothing
        )


class _Tally:
    """The mean of losses, kept on the device until it is read; those that are no numbers are left out."""

    def __init__(self, device: torch.device) -> None:
        self._sum = torch.zeros(2, device=device)  # of the losses, and how many they are

    def add(self, loss: Tensor) -> None:
        self._sum += torch.stack([loss.nan_to_num(0.0, 0.0, 0.0), torch.isfinite(loss).float()])

    def read(self) -> float:
        """The mean since the last reading; NaN if no loss was a number."""
        total, count = self._sum.tolist()
        self._sum.zero_()
        return total / count if count else math.nan


class Trainer:
    """One training, begun or continued in a folder. `run` leaves the averaged weights in the model."""

    def __init__(
        self,
        model: nn.Module,
        data: Batches,
        settings: TrainSettings,
        *,
        steps: int,
        folder: Path,
        machine: Machine,
        fingerprint: str,
        name: str = "model",
        specials: int = 0,
        held_out: Bucketed | None = None,
        show: bool = True,
    ) -> None:
        """`fingerprint` stands for everything that a checkpoint must agree with: recipe, data, sizes."""
        self.data, self.settings, self.machine = data, settings, machine
        self.steps, self.folder, self.fingerprint, self.name = steps, folder, fingerprint, name
        self.held_out, self.show = held_out, show
        self.model = model.to(machine.device)
        self.learner = Learner.of(self.model, settings)
        self.position, self.history = checkpoint.Position(), list[Point]()
        self._loss = Objective(settings.label_smoothing, settings.token_dropout, specials)
        if machine.compile:
            self._compile()

    def run(self) -> Summary:
        """Train to the last step, from the checkpoint in the folder if there is one.

        Raises CheckpointError on a checkpoint of something else, TrainingError when the loss is no number any more.
        """
        path = self.folder / CHECKPOINT
        if path.exists():
            self.position, self.history = checkpoint.restore(path, self.fingerprint, self.learner)
        begun, first = time.monotonic(), self.position.samples
        with Display(self.steps, self.show) as display:
            self._steps(display)
        seconds = time.monotonic() - begun
        self._save()
        if self.settings.ema:
            self.learner.average.apply()
        summary = self._summary(seconds, (self.position.samples - first) / max(seconds, 1e-9))
        write_summary(summary, self.folder)
        return summary

    def evaluate(self) -> tuple[float, float]:
        """Loss a symbol, and the share of held-out sentences of which greedy decoding would write every symbol."""
        assert self.held_out is not None
        self.model.eval()
        loss = torch.zeros((), device=self.machine.device)
        exact, symbols, sentences = loss.clone(), loss.clone(), 0
        # Scoring is rare and its shapes are many: not worth compiling.
        plainly = torch.compiler.set_stance("force_eager")
        with plainly, torch.no_grad(), self.learner.average.applied(), self.machine.autocast():
            for batch in self.held_out.once():
                logits = self.model(batch.source, batch.target).float()
                counted = batch.target != PAD
                loss += functional.cross_entropy(
                    logits.flatten(0, 1), batch.target.flatten(), ignore_index=PAD, reduction="sum"
                )
                exact += ((logits.argmax(-1) == batch.target) | ~counted).all(dim=1).sum()
                symbols += counted.sum()
                sentences += len(batch.source)
        self.model.train()
        return float(loss / symbols), float(exact) / sentences

    def _steps(self, display: Display) -> None:
        """All steps that are left, with what comes between them."""
        self.model.train()
        scored, tally = self._evaluation_steps(), _Tally(self.machine.device)
        logged, samples, saved = time.monotonic(), self.position.samples, time.monotonic()
        for batch in self._batches():
            tally.add(self._step(batch))
            step = self.position.step
            if step % LOG_EVERY == 0 or step in scored or step == self.steps:
                loss = tally.read()  # waits for the device, so the clock is right
                rate = (self.position.samples - samples) / max(time.monotonic() - logged, 1e-9)
                self._record(loss, rate, step in scored)
                display.show(self.history[-1])
                logged, samples = time.monotonic(), self.position.samples
            if time.monotonic() - saved > self.machine.checkpoint_seconds:
                self._save()
                saved = time.monotonic()

    def _record(self, loss: float, rate: float, scored: bool) -> None:
        if math.isnan(loss):
            raise TrainingError(f"the loss is no number at step {self.position.step}: lower the learning rate")
        held_out, exact = self.evaluate() if scored else (None, None)
        rate_of_learning = learning_rate(self.settings, self.position.step - 1, self.steps)
        self.history.append(Point(self.position.step, loss, rate, rate_of_learning, held_out, exact))

    def _batches(self) -> Iterator[Batch]:
        """The batches of the steps that are left."""
        position = self.position
        while True:
            for batch in self.data.batches(position.epoch, position.batch):
                if position.step == self.steps:
                    return
                yield batch
            position.epoch, position.batch = position.epoch + 1, 0

    def _step(self, batch: Batch) -> Tensor:
        """One step; the position moves on when it is done."""
        for group in self.learner.optimizer.param_groups:
            group["lr"] = learning_rate(self.settings, self.position.step, self.steps)
        with self.machine.autocast():
            loss = self._loss(self.model, batch.source, batch.target)
        loss.backward()  # type: ignore[no-untyped-call]
        self._tame()
        self.learner.optimizer.step()
        self.learner.optimizer.zero_grad(set_to_none=True)
        self.learner.average.update(self.position.step)
        self.position.step += 1
        self.position.batch += 1
        self.position.samples += len(batch.source)
        return loss.detach()

    def _tame(self) -> None:
        """Clip the gradients; where one is not finite (it happens in bfloat16), the step moves nothing."""
        clip = self.settings.clip or math.inf
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), clip, foreach=True)
        # The fused optimizer looks at this on the device, as it does for torch's GradScaler: nothing waits.
        self.learner.optimizer.found_inf = (~torch.isfinite(norm)).float()  # type: ignore[attr-defined]

    def _evaluation_steps(self) -> set[int]:
        times = self.settings.evaluations if self.held_out is not None else 0
        return {self.steps * time // times for time in range(1, times + 1)}

    def _compile(self) -> None:
        """Compile the blocks that repeat: all of a stack are compiled as one, which takes seconds where the whole model
        takes minutes, and leaves little to gain."""
        torch._dynamo.config.recompile_limit = 64  # one compilation for each shape of batch
        for stack in self.model.modules():
            for block in stack if isinstance(stack, nn.ModuleList) else ():
                block.compile(dynamic=False)

    def _save(self) -> None:
        checkpoint.save(self.folder / CHECKPOINT, self.fingerprint, self.position, self.history, self.learner)

    def _summary(self, seconds: float, rate: float) -> Summary:
        scored = [point for point in self.history if point.held_out is not None]
        device = torch.cuda.get_device_name() if self.machine.device.type == "cuda" else "cpu"
        return Summary(
            name=self.name,
            steps=self.position.step,
            samples=self.position.samples,
            seconds=round(seconds, 1),
            rate=round(rate, 1),
            loss=self.history[-1].loss if self.history else float("nan"),
            held_out=scored[-1].held_out if scored else None,
            exact=scored[-1].exact if scored else None,
            parameters=sum(parameter.numel() for parameter in self.model.parameters()),
            device=device,
            torch=torch.__version__,
            history=tuple(self.history),
        )
