"""Which model? Family x size x objective, trained on the same pairs, scored, weighed, timed; and the Pareto front."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.model.base import Family
from scenic_iot.train.recipe import DataSettings, Objective, Recipe, TokenizerSettings, TrainSettings

from .contrastive import hits, sets, shares
from .latency import measure
from .metrics import Rate
from .runs import BENCHMARK, RESULT, Plan, run_all

LEARNING_RATES = {"nano": 0.004, "tiny": 0.003, "small": 0.0025, "base": 0.002, "medium": 0.0012, "large": 0.0008}
"""Wider models want smaller steps; what is not listed gets the last."""
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished run: rates by set, milliseconds of the median sentence on one core, and what its result says."""

    result: dict[str, Any]
    rates: dict[str, dict[str, Rate]]
    """Set -> measure -> hits."""
    milliseconds: dict[str, float]
    """"greedy" and "5 beams"."""

    @property
    def name(self) -> str:
        """Family, preset, objective."""
        return str(self.result["name"])

    @property
    def em1(self) -> float:
        """EM@1 on the benchmark."""
        return self.rates[BENCHMARK]["EM@1"].value


def base_recipe(pairs: int, samples: int, batch: int = 1024, seed: int = 1) -> Recipe:
    """What the runs of a sweep have in common, as in `recipes/default.yaml`, with fewer pairs."""
    train = TrainSettings(
        samples=samples,
        batch=batch,
        warmup=1000,
        weight_decay=0.05,
        dropout=0.0,  # pairs are seen a few times only: there is nothing to overfit
        token_dropout=0.02,
        encodings=2,
        evaluations=1,
    )
    data = DataSettings(pairs=pairs, held_out=4_000)
    return Recipe("sweep", seed=seed, data=data, tokenizer=TokenizerSettings(size=4_000), train=train)


def sized(recipe: Recipe, preset: str) -> Recipe:
    """A recipe for another size of model, with a learning rate that suits it."""
    rate = LEARNING_RATES.get(preset, min(LEARNING_RATES.values()))
    model = replace(recipe.model, preset=preset)
    return replace(recipe, model=model, train=replace(recipe.train, learning_rate=rate))


def recipes(
    base: Recipe, families: Sequence[Family], presets: Sequence[str], objectives: Sequence[Objective]
) -> tuple[Recipe, ...]:
    """All of them; small ones first, so that an early end leaves whole sizes."""
    found = []
    for preset in presets:
        for objective in objectives:
            for family in families:
                recipe = sized(base, preset)
                name = f"{family}-{preset}-{objective}"
                model, train = replace(recipe.model, family=family), replace(recipe.train, objective=objective)
                found.append(replace(recipe, name=name, model=model, train=train))
    return tuple(found)


def select(plan: Plan, minutes: float, progress: Progress = silent) -> list[Candidate]:
    """Do the runs that are not done, in `minutes`, then time each on the quiet machine; the best first."""
    results = run_all(plan, minutes, progress)
    found = []
    for done, result in enumerate(results, 1):
        found.append(Candidate(result, _rates(results, result), _timed(plan, result)))
        progress("timing", done, len(results))
    return sorted(found, key=lambda candidate: -candidate.em1)


def front(candidates: Sequence[Candidate], cost: Callable[[Candidate], float]) -> list[Candidate]:
    """Those that no cheaper one is as good as, the cheapest first."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (cost(c), -c.em1)):
        if not kept or candidate.em1 > kept[-1].em1:
            kept.append(candidate)
    return kept


def _rates(results: Sequence[dict[str, Any]], result: dict[str, Any]) -> dict[str, dict[str, Rate]]:
    return {name: dict(_counted(shares(hits(result, name)))) for name in sets(results)}


def _counted(found: dict[str, Any]) -> Iterator[tuple[str, Rate]]:
    for measure_name, marks in found.items():
        yield measure_name, Rate(int(marks.sum()), len(marks))


def _timed(plan: Plan, result: dict[str, Any]) -> dict[str, float]:
    """Medians in milliseconds; kept in the run's folder, as they are measured on a machine."""
    here = plan.folder / "runs" / result["name"]
    path = here / "latency.json"
    if not path.exists() or path.stat().st_mtime < (here / RESULT).stat().st_mtime:
        path.write_text(json.dumps(measure(here / "bundle", rounds=ROUNDS)) + "\n", encoding="utf-8")
    figures = json.loads(path.read_text(encoding="utf-8"))
    return {name: float(entry["median"]) for name, entry in figures["latency"].items()}
