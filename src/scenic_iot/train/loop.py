"""The one training loop. It knows a model of any family, batches of any source, and where to write.

On a GPU nothing in a step waits for the device: losses are summed there and read every `LOG_EVERY` steps.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from scenic_iot.model.base import PAD

from . import checkpoint
from .dataset import Batch, Bucketed
from .objectives import Objective
from .optim import Learner, learning_rate
from .processes import ALONE, Processes
from .progress import Display, Point, Summary, write_summary
from .recipe import TrainSettings
from .recorded import Recorded

LOG_EVERY = 50  # steps
CHECKPOINT = "checkpoint.pt"


Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""The loss of a model on tokens (B, S) and the symbols (B, T) that it should write, as a scalar; see `objectives`."""


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
    graphs: bool = False
    """Record steps as CUDA graphs; only on a GPU, and in one process."""
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_seconds: float = 120.0
    """Between checkpoints; 0: none is written, for trainings too short to take up."""
    processes: Processes = ALONE
    """Those that train together; each has a device of its own."""

    @classmethod
    def detect(
        cls, device: str = "auto", threads: int | None = None, compile: bool | None = None, graphs: bool = False
    ) -> Machine:
        """The GPU with bfloat16 if there is one, else the processor with so many threads; compiled, and its steps
        recorded, only if asked.

        Where several processes were launched, each gets the GPU that is its own.
        """
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        processes = Processes.launched(cpu=device == "cpu")
        device = str(processes.device or device)
        if threads:
            torch.set_num_threads(threads)
        torch.set_flush_denormal(True)  # averaged weights and Adam's moments drift into them, and they are slow
        gpu = device.startswith("cuda")
        if gpu:
            torch.set_float32_matmul_precision("high")
        precision: Literal["float32", "bfloat16"] = "bfloat16" if gpu else "float32"
        graphs &= gpu and processes.count == 1  # within a step, several talk to each other
        return cls(torch.device(device), bool(compile), graphs, precision, processes=processes)

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """The context in which the model computes."""
        if self.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)


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
        objective: Loss | None = None,
        after_step: Callable[[int], None] | None = None,
        held_out: Bucketed | None = None,
        show: bool = True,
    ) -> None:
        """`fingerprint` stands for everything that a checkpoint must agree with: recipe, data, sizes.
        `objective` None is plain cross-entropy. `after_step` is told how many steps are done, and may change weights.
        """
        self.data, self.settings, self.machine = data, settings, machine
        self.steps, self.folder, self.fingerprint, self.name = steps, folder, fingerprint, name
        self.held_out, self.show = held_out, show
        self.model = model.to(machine.device)
        self.learner = Learner.of(self.model, settings, machine.graphs)
        self.position, self.history = checkpoint.Position(), list[Point]()
        self._loss = objective or Objective()
        self._after_step = after_step
        self._compute = Recorded(self._on_device) if machine.graphs else self._on_device
        if machine.compile:
            self._compile()

    def run(self) -> Summary:
        """Train to the last step, from the checkpoint in the folder if there is one.

        Raises CheckpointError on a checkpoint of something else, TrainingError when the loss is no number any more.
        """
        path = self.folder / CHECKPOINT
        if path.exists():
            self.position, self.history = checkpoint.restore(path, self.fingerprint, self.learner)
        self.machine.processes.vary(self.position.step)
        begun, first = time.monotonic(), self.position.samples
        with Display(self.steps, self.show and self.machine.processes.main) as display:
            self._steps(display)
        seconds = time.monotonic() - begun
        self._save()
        if self.settings.ema:
            self.learner.average.apply()
        summary = self._summary(seconds, (self.position.samples - first) / max(seconds, 1e-9))
        if self.machine.processes.main:
            write_summary(summary, self.folder)
        return summary

    def evaluate(self) -> tuple[float, float]:
        """Loss a place, and the share of held-out sentences of which greedy decoding would write every symbol."""
        assert self.held_out is not None
        self.model.eval()
        loss = torch.zeros((), device=self.machine.device)
        exact, places, sentences = loss.clone(), loss.clone(), 0
        # Scoring is rare and its shapes are many: not worth compiling.
        plainly = torch.compiler.set_stance("force_eager")
        with plainly, torch.no_grad(), self.learner.average.applied(), self.machine.autocast():
            for batch in self.held_out.once():
                logits, gold, _ = self.model(batch.source, batch.target)
                loss += functional.cross_entropy(
                    logits.float().flatten(0, 1), gold.flatten(), ignore_index=PAD, reduction="sum"
                )
                counted = gold != PAD
                exact += ((logits.argmax(-1) == gold) | ~counted).all(dim=1).sum()
                places += counted.sum()
                sentences += len(batch.source)
        self.model.train()
        return float(loss / places), float(exact) / sentences

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
        self.learner.set_rate(learning_rate(self.settings, self.position.step, self.steps))
        mine = self.machine.processes.part(batch)
        mean = self._compute(mine.source, mine.target)
        if self._after_step is not None:
            self._after_step(self.position.step + 1)
        self.learner.average.update(self.position.step)
        self.position.step += 1
        self.position.batch += 1
        self.position.samples += len(batch.source)
        return mean

    def _on_device(self, source: Tensor, target: Tensor) -> Tensor:
        """What a step does on the device: loss, gradients, new weights. Nothing in it may wait or look at a value."""
        with self.machine.autocast():
            loss = self._loss(self.model, source, target)
        loss.backward()  # type: ignore[no-untyped-call]
        places = (target != PAD).sum()
        mean = self.machine.processes.average(self.model.parameters(), loss.detach(), places)
        self._tame()
        self.learner.optimizer.step()
        self.learner.optimizer.zero_grad(set_to_none=True)
        return mean

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
        if self.machine.processes.main and self.machine.checkpoint_seconds:
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
