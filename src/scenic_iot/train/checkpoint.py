"""Where training stands, in one file: written whole or not at all, and refused where it belongs to something else."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .optim import Learner
from .progress import Point


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be continued from."""


@dataclass(slots=True)
class Position:
    """How far training is: steps and samples done, and the place in the data where it goes on."""

    step: int = 0
    samples: int = 0
    epoch: int = 0
    batch: int = 0


def save(path: Path, fingerprint: str, position: Position, history: list[Point], learner: Learner) -> None:
    """Write everything that the next step depends on. `fingerprint` says what is being trained on what."""
    state = {
        "fingerprint": fingerprint,
        "position": asdict(position),
        "history": [asdict(point) for point in history],
        "model": learner.model.state_dict(),
        "optimizer": learner.optimizer.state_dict(),
        "average": learner.average.values,
        "random": _random_states(),
    }
    temporary = path.with_name(path.name + ".part")
    torch.save(state, temporary)
    os.replace(temporary, path)


def restore(path: Path, fingerprint: str, learner: Learner) -> tuple[Position, list[Point]]:
    """Put everything back as `save` found it. Raises CheckpointError on a damaged file or another fingerprint."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        found = state["fingerprint"]
    except Exception as reason:  # torch.load has no error of its own
        raise CheckpointError(f"{path} cannot be read ({type(reason).__name__}): delete it to start again") from reason
    if found != fingerprint:
        raise CheckpointError(
            f"{path} was made with another recipe, other data or another model: delete it to start again"
        )
    learner.model.load_state_dict(state["model"])
    learner.load(state["optimizer"])
    for value, saved in zip(learner.average.values, state["average"], strict=True):
        value.copy_(saved)
    _restore_random(state["random"])
    return Position(**state["position"]), [Point(**point) for point in state["history"]]


def _random_states() -> list[Tensor]:
    """The states of torch's random generators: the processor's, then that of each GPU."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def _restore_random(states: list[Tensor]) -> None:
    torch.set_rng_state(states[0])
    if torch.cuda.is_available() and len(states) == torch.cuda.device_count() + 1:
        torch.cuda.set_rng_state_all(states[1:])
