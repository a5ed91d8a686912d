"""Fitting what `scenic_iot.runtime.calibration` weighs, on generated pairs that are new to the model.

A quarter of the pairs are as training has them, the rest are harder (slips, several orders, corrections): they stand
for ways of speaking that are new to the model. What training keeps back for the benchmark is kept back here too. Every
other pair makes the centroids; the rest fit weights and threshold.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.parse import parse
from scenic_iot.instruct.generate import Pair, pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.runtime.bundle import BundleError, load_bundle
from scenic_iot.runtime.calibration import NAMES, Calibration, Reading, Space, harmful, skeletons
from scenic_iot.runtime.pipeline import Interpreter

from .bundle import add_calibration

TEMPTING = 600
SEED = 30_000_001
"""Of no recipe."""
_HARD = Mix(name=0.0, slip=0.8, actions=(0.5, 0.25, 0.15, 0.06, 0.04), correction=0.10, context=0.10)
_BORDER = Mix(name=0.0, out_of_scope=0.25, unsupported=0.05, ambiguous=0.7, slip=0.2)
_TEMPTING = ("reject:harm", "reject:door_")
"""How the kinds of sentences begin that tempt to unlock, to open a gate, to disarm."""
_DANGER = 0.9
"""What could do harm must be at least this sure: done wrongly, it is as bad as nine refusals."""
_BYTES = 96_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Row:
    command: str
    reading: Reading

    @property
    def right(self) -> bool:
        """Whether the best command is the pair's; all rejections count as one."""
        best = self.reading.ranked[0][0]
        refused = self.command.startswith("reject ")
        return refused if best.rejected is not None else str(best) == self.command


def calibrate(
    folder: Path, count: int, caution: float = 1.0, seed: int = SEED, progress: Progress = silent
) -> dict[str, Any]:
    """Fit a bundle's calibration on `count` pairs and write it into the bundle; returns what `config.json` says of it.

    `caution`: how many right commands may be refused for one wrong one that is not done.

    Raises BundleError where there is none, or one that gives no vectors of sentences.
    """
    interpreter = Interpreter(load_bundle(folder), calibrated=False)
    rows = list(_rows(interpreter, _pairs(seed, count), count, "reading pairs", progress))
    if not rows or not len(rows[0].reading.pooled):
        raise BundleError(f"{folder} gives no vectors of sentences: export it again")
    arrays = _centroids(rows[::2])
    space = Space(arrays["names"], arrays["vectors"], arrays["usual"])
    fitted = rows[1::2]
    features = np.array([space.features(row.reading) for row in fitted])
    weights = fit_logistic(features, np.array([row.right for row in fitted]))
    free = Calibration(space, weights, 0.0, 0.0)
    threshold = _threshold(free, fitted, caution)
    tempting = list(_rows(interpreter, _tempting(seed), TEMPTING, "tempting sentences", progress))
    found = {
        "weights": dict(zip(NAMES, weights, strict=True)),
        "threshold": threshold,
        "harmful": _harmful(free, interpreter, tempting),
        "pairs": len(rows),
        "tempting": len(tempting),
        "seed": seed,
    }
    add_calibration(folder, found, _packed(arrays))
    return found


def fit_logistic(features: Floats, right: NDArray[np.bool_], ridge: float = 1e-3) -> tuple[float, float, float, float]:
    """The weights, the constant first, of a logistic regression on features (N, 3): Newton's method with a small L2."""
    x = np.concatenate([np.ones((len(features), 1)), features], axis=1)
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (chance - right) + ridge * weights
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x + ridge * np.eye(x.shape[1])
        step = np.linalg.solve(curvature, gradient)
        weights -= step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-9))  # Newton overshoots where nothing errs
        if np.abs(step).max() < 1e-8:
            break
    constant, logit, distance, length = (round(float(weight), 5) for weight in weights)
    return constant, logit, distance, length


def _threshold(free: Calibration, rows: Sequence[_Row], caution: float) -> float:
    """The chance from which on commands are done: fewest done wrongly, times `caution`, and refused wrongly."""
    commands = [row for row in rows if row.reading.ranked[0][0].rejected is None]
    chances = np.array([free.chance(row.reading) for row in commands])
    right = np.array([row.right for row in commands], dtype=bool)
    steps = np.arange(0.05, 0.96, 0.01)
    done = chances >= steps[:, None]
    costs = caution * (done & ~right).sum(axis=1) + (~done & right).sum(axis=1)
    return round(float(steps[int(np.argmin(costs))]), 4)


def _harmful(free: Calibration, interpreter: Interpreter, rows: Sequence[_Row]) -> float:
    """A chance that no tempting sentence reaches, by half of what its likeliest lacks of certainty."""
    tempted = [
        free.chance(row.reading)
        for row in rows
        if any(harmful(action, interpreter.catalogue) for action in row.reading.ranked[0][0].actions)
    ]
    return round(max(_DANGER, 1 - (1 - max(tempted, default=0.0)) / 2), 6)


def _pairs(seed: int, count: int) -> Iterator[Pair]:
    """Two plain ones, then six hard ones: every other row is to be of both kinds."""
    plain, hard = pairs(seed, count, mix=Mix(name=0.0)), pairs(seed + 1, count, mix=_HARD)
    return islice(chain.from_iterable(zip(plain, plain, *[hard] * 6, strict=False)), count)


def _tempting(seed: int) -> Iterator[Pair]:
    drawn = pairs(seed + 2, 20 * TEMPTING, mix=_BORDER)
    return islice((pair for pair in drawn if any(kind.startswith(_TEMPTING) for kind in pair.kinds)), TEMPTING)


def _rows(interpreter: Interpreter, made: Iterator[Pair], total: int, stage: str, progress: Progress) -> Iterator[_Row]:
    for done, pair in enumerate(made, 1):
        reading = interpreter.read(pair.text)
        if reading is not None:
            yield _Row(pair.command, reading)
        if done % 50 == 0 or done == total:
            progress(stage, done, total)


def _centroids(rows: Sequence[_Row]) -> dict[str, Any]:
    """Names, int8 vectors and usual distances of what rows of one action ask for, the most frequent first."""
    found: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for row in rows:
        if "; " not in row.command:
            pooled = row.reading.pooled
            found[skeletons(parse(row.command))[0]].append(pooled / max(float(np.linalg.norm(pooled)), 1e-9))
    width = len(rows[0].reading.pooled)
    names = sorted(found, key=lambda name: (-len(found[name]), name))[: _BYTES // (width + 40)]
    vectors, usual = np.zeros((len(names), width), dtype=np.int8), np.zeros(len(names), dtype=np.float16)
    for place, name in enumerate(names):
        centre = np.mean(found[name], axis=0)
        vectors[place] = np.round(127 * centre / max(float(np.abs(centre).max()), 1e-9))
        centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
        usual[place] = 1 - float(np.mean(found[name] @ centre))
    return {"names": names, "vectors": vectors, "usual": usual}


def _packed(arrays: dict[str, Any]) -> bytes:
    names = np.frombuffer("\n".join(arrays["names"]).encode(), dtype=np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, names=names, vectors=arrays["vectors"], usual=arrays["usual"])
    return file.getvalue()
