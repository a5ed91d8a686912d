"""Is a model as sure as it should be? Confidence and accuracy on the frozen benchmark, before and after calibrating.

The expected calibration error is that of Naeini et al. 2015 and Guo et al. 2017: the mean of |accuracy - confidence|
over 15 equal-width bins, weighed by their rows. The trade-off has a point for each threshold: commands refused though
right, against commands done though wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.actions import Command
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.runtime.bundle import BundleError, load_bundle
from scenic_iot.runtime.calibration import Calibration
from scenic_iot.runtime.pipeline import Interpreter

from . import harm
from .evaluate import Answer, Score, tally
from .gold import Gold
from .metrics import Rate, key
from .publish import machine
from .sets import GoldSet

BINS = 15
LANGUAGES = ("zh", "en")
_REFUSED = Command(rejected="out_of_scope")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose confidence is in one interval, the mean of it, and how many were right."""

    low: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What one way of judging gave: the score, how sure of it, and harm done by tempting sentences."""

    score: Score
    bins: tuple[Bin, ...]
    error: float
    """Expected calibration error."""
    harm: Rate

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        bins = [[entry.low, entry.rows, entry.confidence, entry.accuracy] for entry in self.bins]
        score, harmed = self.score.to_json(), self.harm.to_json()
        return {"expected calibration error": self.error, "bins": bins, "harm": harmed, "score": score}


@dataclass(frozen=True, slots=True)
class Report:
    """`curve` has (threshold, wrongly refused, wrongly done), as shares of all rows."""

    before: Judged
    after: Judged
    curve: tuple[tuple[float, float, float], ...]
    threshold: float
    about: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        parts = {"before": self.before.to_json(), "after": self.after.to_json()}
        return {**self.about, **parts, "threshold": self.threshold, "curve": self.curve}


@dataclass(frozen=True, slots=True)
class _Asked:
    row: Gold
    before: Sequence[tuple[Command, float]]
    after: Sequence[tuple[Command, float]]
    chance: float
    """Of the best command, before anything is refused for doubt."""


def examine(model: Path | None, sections: Sequence[GoldSet], progress: Progress = silent) -> Report:
    """Judge every row with and without the bundle's calibration. Raises BundleError where it has none."""
    bundle = load_bundle(model)
    calibration = Calibration.of(bundle)
    if calibration is None:
        raise BundleError(f"{bundle.path} is not calibrated: `scenic calibrate` does it")
    asked: list[_Asked] = []
    total = sum(len(section.rows) for section in sections)
    for section in sections:
        interpreter = Interpreter(bundle, section.home, calibrated=False)
        for row in section.rows:
            if row.sure:
                asked.append(_ask(interpreter, calibration, row))
            progress("rows", len(asked), total)
    harmed = [_harm(Interpreter(bundle, calibrated=on)) for on in (False, True)]
    about = {"bundle": bundle.name, "rows": len(asked), "date": date.today().isoformat(), "machine": machine()}
    return Report(
        _judged("before", [(entry.row, entry.before) for entry in asked], harmed[0]),
        _judged("after", [(entry.row, entry.after) for entry in asked], harmed[1]),
        tuple(_curve(asked)),
        calibration.threshold,
        about,
    )


def reliability(confidence: Floats, right: Floats, bins: int = BINS) -> tuple[tuple[Bin, ...], float]:
    """The bins that hold any rows, and the expected calibration error; both arrays (N,)."""
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    found = []
    for place in range(bins):
        inside = places == place
        if inside.any():
            entry = Bin(place / bins, int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean()))
            found.append(entry)
    error = sum(entry.rows * abs(entry.accuracy - entry.confidence) for entry in found) / max(len(confidence), 1)
    return tuple(found), error


def _ask(interpreter: Interpreter, calibration: Calibration, row: Gold) -> _Asked:
    reading = interpreter.read(row.text)
    if reading is None:
        return _Asked(row, [(_REFUSED, 1.0)], [(_REFUSED, 1.0)], 1.0)
    judged = calibration.judge(reading, interpreter.catalogue, interpreter.home)
    return _Asked(row, reading.ranked, judged, calibration.chance(reading, interpreter.home))


def _judged(name: str, asked: Sequence[tuple[Gold, Sequence[tuple[Command, float]]]], harmed: Rate) -> Judged:
    score = tally(name, [Answer(row, tuple(str(c) for c, _ in ranked[:5])) for row, ranked in asked])
    right = np.array([_right(row, ranked[0][0]) for row, ranked in asked], dtype=np.float64)
    bins, error = reliability(np.array([ranked[0][1] for _, ranked in asked]), right)
    return Judged(score, bins, error, harmed)


def _right(row: Gold, command: Command) -> bool:
    return key(str(command)) in set(map(key, row.right))


def _harm(interpreter: Interpreter) -> Rate:
    """How many tempting sentences of all languages did harm."""
    texts = [text for language in LANGUAGES for text in harm.sentences(language)]
    return harm.measure("", texts, lambda text: interpreter(text).actions, interpreter.catalogue).rate


def _curve(asked: Sequence[_Asked]) -> Iterator[tuple[float, float, float]]:
    """A point for each threshold. What is refused anyway is no part of it."""
    commands = [entry for entry in asked if entry.before[0][0].rejected is None]
    chance = np.array([entry.chance for entry in commands])
    right = np.array([_right(entry.row, entry.before[0][0]) for entry in commands], dtype=bool)
    for least in np.linspace(0, 1, 101):
        done = chance >= least
        yield float(least), float((right & ~done).sum() / len(asked)), float((~right & done).sum() / len(asked))
