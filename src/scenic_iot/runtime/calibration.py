"""How sure is a command? What the search thinks, corrected by where the sentence lies among sentences that were seen.

Three numbers are weighed by logistic regression (Platt 1999): the logit of the search's probability, whose weight is
the inverse of a temperature (Guo et al. 2017, arXiv 1706.04599); how much farther the sentence is than usual from the
centroid of what the command asks for; and its length. The result is the chance that the command is right. A command
below the threshold is refused; what could do harm has a higher one. `scenic_iot.export.calibrate` fits all of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.actions import SIGNS, Action, Command
from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home

from .bundle import Bundle, BundleError

Floats = NDArray[np.float32]
_SURE = 1e-6  # probabilities are kept this far from 0 and 1


class Reading(NamedTuple):
    """What the model made of a sentence."""

    ranked: Sequence[tuple[Command, float]]
    """Commands with their probabilities, best first; one at least."""
    pooled: Floats
    """The sentence as a vector (W,)."""
    length: int
    """Tokens."""


def harmful(action: Action, catalogue: Catalogue, home: Home | None = None) -> bool:
    """Whether an action does what the catalogue calls harmful."""
    values = catalogue.devices[_type(action, home)].harmful.get(action.attribute, ())
    return action.op == "set" and action.value in values


def skeletons(command: Command, home: Home | None = None) -> list[str]:
    """What a command asks for, without rooms and values: `light power=`, or its rejection."""
    if command.rejected is not None:
        return [f"reject {command.rejected}"]
    return [f"{_type(action, home)} {action.attribute}{SIGNS[action.op]}" for action in command.actions]


def _type(action: Action, home: Home | None) -> str:
    return home.devices[action.device].type if home and action.device in home.devices else action.device


class Space:
    """Unit vectors of skeletons: the centroids of the sentences that ask for them, and how far those usually are."""

    def __init__(self, names: Sequence[str], vectors: NDArray[Any], usual: NDArray[Any]) -> None:
        """`vectors` (N, W) of any length, `usual` (N,) the mean distances of sentences from them."""
        rows = vectors.astype(np.float32)
        self._rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        self._usual = usual.astype(np.float32)
        self._places = {name: place for place, name in enumerate(names)}

    @classmethod
    def load(cls, path: Path) -> Space:
        """Read `space.npz`. Raises BundleError."""
        try:
            with np.load(path) as arrays:
                names = arrays["names"].tobytes().decode().split("\n")
                return cls(names, arrays["vectors"], arrays["usual"])
        except (OSError, ValueError, KeyError) as reason:
            raise BundleError(f"{path} cannot be read: {reason}") from reason

    def excess(self, pooled: Floats, asked: Sequence[str]) -> float:
        """How much farther (in 1 - cosine) a sentence is than usual from what is asked; 0 where nothing is known."""
        places = [self._places[name] for name in asked if name in self._places]
        if not places:
            return 0.0
        centre = self._rows[places].sum(axis=0)
        cosine = float(pooled @ centre) / max(float(np.linalg.norm(pooled) * np.linalg.norm(centre)), 1e-9)
        return 1 - cosine - float(self._usual[places].mean())

    def features(self, reading: Reading, home: Home | None = None) -> tuple[float, float, float]:
        """Logit, distance and length for the best command. All rejections count as one."""
        best = reading.ranked[0][0]
        chance = min(max(mass(reading), _SURE), 1 - _SURE)
        distance = self.excess(reading.pooled, skeletons(best, home))
        return math.log(chance / (1 - chance)), distance, math.log(reading.length)


def mass(reading: Reading) -> float:
    """The search's probability of the best command; of all rejections together where it is one."""
    best, probability = reading.ranked[0]
    return probability if best.rejected is None else sum(p for c, p in reading.ranked if c.rejected is not None)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is weighed, and from when on a command is done."""

    space: Space
    weights: tuple[float, float, float, float]
    """Constant, logit, distance, length."""
    threshold: float
    """Commands less sure than this are refused."""
    harmful: float
    """The same for those that could do harm."""

    @classmethod
    def of(cls, bundle: Bundle) -> Calibration | None:
        """That of a bundle, if it has any. Raises BundleError."""
        found = bundle.config.get("calibration")
        if not found:
            return None
        try:
            weights = tuple(float(found["weights"][name]) for name in NAMES)
            space = Space.load(bundle.path / bundle.layout.space)
            return cls(space, weights, float(found["threshold"]), float(found["harmful"]))  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError) as reason:
            raise BundleError(f"{bundle.path}: 'calibration' is damaged: {reason!r}") from reason

    def chance(self, reading: Reading, home: Home | None = None) -> float:
        """How likely the best command is right, in (0, 1)."""
        return logistic(self.weights, self.space.features(reading, home))

    def judge(self, reading: Reading, catalogue: Catalogue, home: Home | None = None) -> list[tuple[Command, float]]:
        """What to answer and the alternatives, with their chances.

        A command that is not sure enough comes second, behind the likeliest refusal.
        """
        best, chance = reading.ranked[0][0], self.chance(reading, home)
        left = max(1 - mass(reading), _SURE)
        others = [(c, min(p * (1 - chance) / left, chance)) for c, p in reading.ranked[1:]]
        if best.rejected is not None or chance >= self.least(best, catalogue, home):
            return [(best, chance), *others]
        refusals = [(c, p) for c, p in reading.ranked[1:] if c.rejected is not None]
        refusal = refusals[0][0] if refusals else Command(rejected="ambiguous")
        sure = (1 - chance) * min(sum(p for _, p in refusals) / left, 1.0)
        return [(refusal, sure), (best, chance), *(entry for entry in others if entry[0] != refusal)]

    def least(self, command: Command, catalogue: Catalogue, home: Home | None = None) -> float:
        """The chance from which on a command is done."""
        danger = any(harmful(action, catalogue, home) for action in command.actions)
        return max(self.harmful, self.threshold) if danger else self.threshold


NAMES = ("constant", "logit", "distance", "length")
"""Of the weights, in `config.json`."""


def logistic(weights: Sequence[float], features: Sequence[float]) -> float:
    """The logistic function of the weighed features; the first weight stands alone."""
    total = weights[0] + sum(w * x for w, x in zip(weights[1:], features, strict=True))
    return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))
