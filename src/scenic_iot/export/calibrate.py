"""Fitting what `scenic_iot.runtime.calibration` weighs, on generated pairs that are new to the model.

Every other pair makes the centroids, the rest fit the weights; what training keeps back for the benchmark is kept back
here too. The thresholds follow from what a mistake costs: with calibrated chances, doing a command is worth while from
cost / (1 + cost) on, where a wrong refusal costs 1.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.parse import parse
from scenic_iot.instruct.generate import Pair, pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.runtime.bundle import BundleError, load_bundle
from scenic_iot.runtime.calibration import NAMES, Reading, Space, skeletons
from scenic_iot.runtime.pipeline import Interpreter

from .bundle import add_calibration

SEED = 30_000_001
"""Of no recipe."""
DANGER = 49.0
"""What it costs to do harm, in wrong refusals."""
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
    folder: Path, count: int, caution: float = 0.4, seed: int = SEED, progress: Progress = silent
) -> dict[str, Any]:
    """Fit a bundle's calibration on `count` pairs and write it into the bundle; returns what `config.json` says of it.

    `caution`: what it costs to do a wrong command, in wrong refusals.

    Raises BundleError where there is none, or one that gives no vectors of sentences.
    """
    interpreter = Interpreter(load_bundle(folder), calibrated=False)
    rows = list(_rows(interpreter, pairs(seed, count, mix=Mix(name=0.0)), count, progress))
    if not rows or not len(rows[0].reading.pooled):
        raise BundleError(f"{folder} gives no vectors of sentences: export it again")
    arrays = _centroids(rows[::2])
    space = Space(arrays["names"], arrays["vectors"], arrays["usual"])
    fitted = rows[1::2]
    features = np.array([space.features(row.reading) for row in fitted])
    weights = fit_logistic(features, np.array([row.right for row in fitted]))
    found = {
        "weights": dict(zip(NAMES, weights, strict=True)),
        "threshold": round(caution / (1 + caution), 4),
        "harmful": DANGER / (1 + DANGER),
        "pairs": len(rows),
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


def _rows(interpreter: Interpreter, made: Iterable[Pair], total: int, progress: Progress) -> Iterator[_Row]:
    for done, pair in enumerate(made, 1):
        reading = interpreter.read(pair.text)
        if reading is not None:
            yield _Row(pair.command, reading)
        if done % 50 == 0 or done == total:
            progress("reading pairs", done, total)


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
