"""Scoring an interpreter, or anything that ranks commands for a text, on gold files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.runtime.pipeline import Interpreter

from .gold import Gold
from .metrics import Rate, key
from .sets import read_sets

Ranker = Callable[[str], Sequence[str]]
"""Commands for a text, the best first."""


@dataclass(frozen=True, slots=True)
class Miss:
    text: str
    wanted: str
    got: str


@dataclass(slots=True)
class Score:
    """What one gold file gave. `kinds` are EM@1 by kind, where the rows name kinds."""

    name: str
    em1: Rate = field(default_factory=Rate)
    em5: Rate = field(default_factory=Rate)
    commands: Rate = field(default_factory=Rate)
    wrongly_refused: Rate = field(default_factory=Rate)
    rejections: Rate = field(default_factory=Rate)
    kinds: dict[str, Rate] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        rates = ("em1", "em5", "commands", "wrongly_refused", "rejections")
        return {"name": self.name, **{rate: getattr(self, rate).to_json() for rate in rates},
                "kinds": {kind: rate.to_json() for kind, rate in sorted(self.kinds.items())}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """A row that counts, and up to five commands for it, the best first."""

    row: Gold
    ranked: tuple[str, ...]


def answers(rows: Iterable[Gold], rank: Ranker) -> Iterator[Answer]:
    """Ask a ranker. Rows that are not sure are left out."""
    for row in rows:
        if row.sure:
            yield Answer(row, tuple(rank(row.text))[:5])


def tally(name: str, answered: Iterable[Answer]) -> Score:
    """Count answers; any rejection meets a gold rejection."""
    result = Score(name)
    for row, ranked in ((answer.row, answer.ranked) for answer in answered):
        right = set(map(key, row.right))
        keys = [key(command) for command in ranked]
        hit = bool(keys) and keys[0] in right
        result.em1.count(hit)
        result.em5.count(any(entry in right for entry in keys))
        for kind in row.kinds:
            result.kinds.setdefault(kind, Rate()).count(hit)
        if key(row.command) == "reject":
            result.rejections.count(hit)
        else:
            result.commands.count(hit)
            result.wrongly_refused.count(keys[:1] == ["reject"] and "reject" not in right)
        if not hit:
            result.misses.append(Miss(row.text, row.command, ranked[0] if ranked else ""))
    return result


def score(name: str, rows: Iterable[Gold], rank: Ranker) -> Score:
    """Ask a ranker and count its answers."""
    return tally(name, answers(rows, rank))


def ranker(interpreter: Interpreter) -> Ranker:
    """The interpreter's command and alternatives."""

    def rank(text: str) -> list[str]:
        result = interpreter(text)
        return [result.command, *(alternative.command for alternative in result.alternatives)]

    return rank


def evaluate_paths(
    paths: Sequence[Path], model: Path | None = None, home: Path | None = None, beams: int = 5
) -> list[Score]:
    """Scores of gold files; a folder stands for the `*.jsonl` in it.

    Raises GoldError, HomeError, BundleError, and FileNotFoundError where there is nothing to score.
    """
    bundle = load_bundle(model)
    sets = read_sets(paths, bundle.catalogue, home)
    return [score(part.name, part.rows, ranker(Interpreter(bundle, part.home, beams=beams))) for part in sets]
