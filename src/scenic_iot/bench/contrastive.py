"""What a contrastive objective is worth: the same trainings with and without it, over seeds, on the same sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.model.base import Family
from scenic_iot.train.recipe import Objective, Recipe

from .paired import Difference, bootstrap, mcnemar
from .runs import BENCHMARK, Plan, run_all

OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
PLAIN = OBJECTIVES[0]
MEASURES = ("EM@1", "EM@5", "rejections met", "wrongly refused")
Numbers = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Row:
    """A family under an objective, on one set: means and standard deviations over seeds, the gain over plain
    cross-entropy with the bootstrap's interval, and McNemar's p of each seed's EM@1."""

    family: str
    objective: str
    set: str
    sentences: int
    means: Mapping[str, tuple[float, float]]
    gains: Mapping[str, Difference]
    mcnemar: tuple[float, ...]


def recipes(base: Recipe, families: Sequence[Family], seeds: int) -> tuple[Recipe, ...]:
    """Every family with every objective and seed; those of one seed follow each other, to be compared early."""
    return tuple(
        replace(
            base,
            name=f"{family}-{objective}-{seed}",
            seed=base.seed + seed,
            model=replace(base.model, family=family),
            train=replace(base.train, objective=objective),
        )
        for seed in range(seeds)
        for family in families
        for objective in OBJECTIVES
    )


def compare(
    plan: Plan, minutes: float = float("inf"), progress: Progress = silent
) -> tuple[list[dict[str, Any]], list[Row]]:
    """Do the runs that are not done, in `minutes`; all results, and a row for each family, objective and set."""
    results = run_all(plan, minutes, progress)
    rows = []
    for family in dict.fromkeys(result["family"] for result in results):
        plain = _of(results, family, PLAIN)
        names = sets(results)
        for objective in OBJECTIVES:
            mine = _of(results, family, objective)
            seeds = sorted(plain.keys() & mine.keys())
            for done, name in enumerate(names if seeds else (), 1):
                first, second = ([hits(part[seed], name) for seed in seeds] for part in (plain, mine))
                rows.append(_row(family, objective, name, first, second))
                progress(f"{family} {objective}", done, len(names))
    return results, rows


def sets(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """The sets that all results have, the whole benchmark first, then the others and its sections."""
    found = [name for name in results[0]["sets"] if all(name in result["sets"] for result in results)]
    return [BENCHMARK, *sorted(found, key=lambda name: name.startswith(BENCHMARK))]


def hits(result: Mapping[str, Any], name: str) -> dict[str, Numbers]:
    """The marks of a set's sentences, `em1`, `em5`, `refused`, `reject`; "benchmark" is all of its sections."""
    parts = [marks for key, marks in result["sets"].items() if key == name or key.startswith(f"{name}:")]
    return {mark: np.array([c == "1" for part in parts for c in part[mark]], dtype=bool) for mark in parts[0]}


def shares(marks: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """For each measure, the hits (N,) of the sentences that it is about."""
    refuse = marks["reject"]
    return {
        "EM@1": marks["em1"],
        "EM@5": marks["em5"],
        "rejections met": marks["em1"][refuse],
        "wrongly refused": marks["refused"][~refuse] & ~marks["em1"][~refuse],
    }


def _of(results: Sequence[dict[str, Any]], family: str, objective: str) -> dict[int, dict[str, Any]]:
    return {r["seed"]: r for r in results if r["family"] == family and r["objective"] == objective}


def _row(family: str, objective: str, name: str, plain: list[Any], mine: list[Any]) -> Row:
    first, second = ([shares(marks) for marks in part] for part in (plain, mine))
    means, gains = {}, {}
    for measure in MEASURES:
        before, after = (np.stack([entry[measure] for entry in part]) for part in (first, second))
        if not after.shape[1]:
            continue
        each = after.mean(axis=1)
        means[measure] = float(each.mean()), float(each.std(ddof=1)) if len(each) > 1 else 0.0
        if objective != PLAIN:
            gains[measure] = bootstrap(before, after)
    p = tuple(mcnemar(one["EM@1"], two["EM@1"]) for one, two in zip(first, second, strict=True))
    return Row(family, objective, name, len(mine[0]["em1"]), means, gains, () if objective == PLAIN else p)


def vectors(plan: Plan, family: str, objective: str) -> Path | None:
    """The kept vectors of the first seed's run, if it is finished."""
    path = plan.folder / "runs" / f"{family}-{objective}-0" / "vectors.npz"
    return path if path.exists() else None
