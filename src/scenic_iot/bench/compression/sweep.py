"""The whole grid: dense models first, then their variants in several processes, then their times, one after another.

Everything lies in a folder of work and is taken up again: a cell is written as soon as it is done, under a digest of
all that it depends on. Cells are independent, so many of them share a GPU, which one small model never fills.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from scenic_iot.bench.latency import SENTENCES
from scenic_iot.bench.paper.begin import Beginnings
from scenic_iot.bench.paper.data import read_paper
from scenic_iot.bench.paper.plan import Run
from scenic_iot.bench.profile.core import time_bundle
from scenic_iot.bench.publish import machine
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.loop import Machine
from scenic_iot.train.pairs import prepare_pairs, train_prepared
from scenic_iot.train.pipeline import code_digest, prepare, train_recipe
from scenic_iot.train.recipe import Recipe

from .cell import Bench, Row, device_name, digest, quiet, read_cell, run_cell, write_cell
from .plan import Variant, full_plan, short_plan
from .subject import Commands, Paper, Subject

Progress = Callable[[str, int, int], None]
Cell = tuple[str, Variant]
"""The name of a subject, and what is made of it."""
PAPER = "paper"
"""The name of the subject that learns the paper's responses."""
PAPER_RUN = Run("b", "ours", "encoder_decoder", "sft", 1, start="instruct")
"""What it is in `scenic bench paper`: the paper's encoder-decoder in our size, without its triplets."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a sweep depends on, beside its recipes."""

    work: Path
    gold: tuple[Path, ...] = ()
    paper: Path | None = None
    """The folder of the paper's two files; None: its benchmark is left out."""
    samples: int = 200_000
    """Pairs seen in each recovery, and three times as many in each distillation. The paper's model, which learns from
    few pairs, sees half as many again as in its training."""
    calibration: int = 512
    """Pairs that weights are scored on."""
    rows: int = 1500
    """Rows of the benchmark that are scored."""
    device: str = "auto"
    parallel: int = 1
    """Processes that make cells."""
    only: tuple[str, ...] = ()
    """Names of variants; none: all of them."""
    minutes: float = math.inf
    """After these no variant is begun: what is missing is left out, and made the next time."""

    def key(self, recipe: Recipe, variant: Variant) -> str:
        """A digest of all that a cell depends on."""
        gold = [digest(file.read_text(encoding="utf-8")) for path in self.gold for file in _files(path)]
        made = asdict(variant) | {"samples": self.samples, "calibration": self.calibration, "rows": self.rows}
        begun = PAPER_RUN.key() if recipe.name == PAPER else ""
        return digest([recipe.to_json(), begun, made, gold, _code()])


def sweep(recipes: Sequence[Recipe], settings: Settings, progress: Progress) -> list[Row]:
    """The rows of all variants of all recipes, and of the paper's model where its files are given.

    Raises what training raises, and BenchmarkError, GoldError, FileError on what is scored.
    """
    # What learns the paper's responses takes longest, so it begins first.
    named = ({PAPER: paper_recipe()} if settings.paper else {}) | {recipe.name: recipe for recipe in recipes}
    keys = {
        (name, variant): settings.key(named[name], variant)
        for name in named
        for variant in planned(name, settings.only)
    }
    rows = {cell: read_cell(_path(settings, *cell), key) for cell, key in keys.items()}
    missing = {cell: keys[cell] for cell, known in rows.items() if known is None}
    if missing and settings.minutes:
        rows |= _made(missing, named, settings, progress)
    return _timed([row for known in rows.values() for row in known or ()], settings, progress)


def _made(
    keys: Mapping[Cell, str], named: Mapping[str, Recipe], settings: Settings, progress: Progress
) -> dict[Cell, list[Row]]:
    """The rows of cells that are not there yet; those that were not begun in time are left out."""
    deadline = time.monotonic() + 60 * settings.minutes
    names = {name for name, _ in keys}
    data = _data([named[name] for name in named if name in names and name != PAPER], settings, progress)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(settings.parallel, context, initializer=quiet) as pool:
        dense = [pool.submit(_paper, settings)] if PAPER in names else []
        dense += [pool.submit(_commands, named[name], settings, folder) for name, folder in data.items()]
        _watch(progress, "dense models", dense)
        for made in dense:
            made.result()  # raises what went wrong
        jobs = {cell: pool.submit(_cell, settings, *cell, key) for cell, key in keys.items()}
        _watch(progress, "variants", jobs.values(), deadline)
    return {
        cell: _rows(job, *cell, named[cell[0]], settings.device) for cell, job in jobs.items() if not job.cancelled()
    }


def _rows(job: Future[list[Row]], name: str, variant: Variant, recipe: Recipe, device: str) -> list[Row]:
    """The rows of a cell. One that broke down costs the others nothing: it says why, and is tried again next time."""
    reason = job.exception()
    if reason is None:
        return job.result()
    first = str(reason).partition("\n")[0]
    about = {"subject": name, "family": recipe.model.family, "steps": 0, "error": f"{type(reason).__name__}: {first}"}
    about |= {"date": date.today().isoformat(), "device": device_name(Machine.detect(device).device)}
    what = {"method": variant.method, "sparsity": variant.sparsity, "schedule": variant.schedule}
    return [{**about, **what, "precision": p, "name": f"{variant.name}-{p}"} for p in variant.precisions]


def planned(name: str, only: Sequence[str]) -> list[Variant]:
    """The variants of a subject. Raises ValueError on a name that is none of any."""
    known = {variant.name for variant in (*full_plan(), *short_plan())}
    for entry in only:
        if entry not in known:
            raise ValueError(f"no variant {entry!r}; there are {', '.join(sorted(known))}")
    plan = short_plan() if name == PAPER else full_plan()
    return [variant for variant in plan if not only or variant.name in only]


def paper_recipe() -> Recipe:
    """The recipe of the paper's model."""
    return replace(PAPER_RUN.recipe(), name=PAPER)


def _data(recipes: Sequence[Recipe], settings: Settings, progress: Progress) -> dict[str, Path]:
    """The folders of the recipes' pairs; those with the same settings share one."""
    folders: dict[str, Path] = {}
    for index, recipe in enumerate(recipes):
        progress("pairs", index, len(recipes))
        folder = settings.work / f"data-{digest([asdict(recipe.data), recipe.seed])}"
        folder.mkdir(parents=True, exist_ok=True)
        if folder not in folders.values():
            prepare(recipe, folder, workers=os.cpu_count() or 1)
        folders[recipe.name] = folder
    progress("pairs", len(recipes), len(recipes))
    return folders


def _commands(recipe: Recipe, settings: Settings, data: Path) -> None:
    """Train a dense model of commands, unless it is there."""
    folder, key = settings.work / recipe.name, digest([recipe.to_json(), json.loads((data / "data.json").read_text())])
    if _known(folder, key):
        return
    corpora = Corpus.load(data / "corpus.npz"), Corpus.load(data / "held-out.npz")
    machine = Machine.detect(settings.device, threads=1)
    trained = train_recipe(recipe, folder / "dense", machine, corpora=corpora, show=False)
    _keep(folder, key, Commands(recipe.name, recipe, trained.model, trained, data, settings.gold, settings.rows))


def _paper(settings: Settings) -> None:
    """Train the paper's model on split b, unless it is there."""
    assert settings.paper is not None
    folder, recipe = settings.work / PAPER, paper_recipe()
    key = PAPER_RUN.key()
    if _known(folder, key):
        return
    data, machine = read_paper(settings.paper), Machine.detect(settings.device, threads=1)
    beginning = Beginnings(data.benchmark, folder, machine, os.cpu_count() or 1)(PAPER_RUN.beginning())
    prepared = prepare_pairs(data.split(PAPER_RUN.split), recipe.pairs, recipe.tokenizer, recipe.seed)
    prepared = replace(prepared, tokenizer=beginning.tokenizer)
    model, _ = train_prepared(prepared, recipe, folder / "dense", machine, show=False, beginning=beginning)
    _keep(folder, key, Paper(PAPER, recipe, model.cpu().eval(), prepared, settings.paper))


def _known(folder: Path, key: str) -> bool:
    try:
        return (folder / "subject.key").read_text(encoding="utf-8") == key
    except OSError:
        return False


def _keep(folder: Path, key: str, subject: Subject) -> None:
    (folder / "subject.pickle").write_bytes(pickle.dumps(subject))
    (folder / "subject.key").write_text(key, encoding="utf-8")


def _cell(settings: Settings, name: str, variant: Variant, key: str) -> list[Row]:
    """Make a variant and keep its rows."""
    rows = run_cell(_bench(settings, name), variant, settings.work / name / "models")
    write_cell(_path(settings, name, variant), key, rows)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()  # others share the GPU
    return rows


def _path(settings: Settings, name: str, variant: Variant) -> Path:
    return settings.work / name / "cells" / f"{variant.name}.json"


@lru_cache(maxsize=1)
def _bench(settings: Settings, name: str) -> Bench:
    """A subject with its data, read once in each process."""
    subject, machine = _subject(settings, name), Machine.detect(settings.device, threads=1)
    samples = subject.recipe.train.samples // 2 if isinstance(subject, Paper) else settings.samples
    return Bench.of(subject, machine, samples, settings.calibration)


def _subject(settings: Settings, name: str) -> Subject:
    """What this sweep wrote earlier; where it is scored may have moved since."""
    subject: Subject = pickle.loads((settings.work / name / "subject.pickle").read_bytes())
    if isinstance(subject, Commands):
        return replace(subject, gold=settings.gold, rows=settings.rows)
    assert isinstance(subject, Paper)
    assert settings.paper is not None
    return replace(subject, files=settings.paper)


def _timed(rows: list[Row], settings: Settings, progress: Progress) -> list[Row]:
    """The rows with the times of those whose speed differs, measured while nothing else runs; kept like cells.

    Rows whose files are gone, as when only cells were carried over from another machine, stay without.
    """
    chosen = [row for row in rows if "error" not in row and _times(row)]
    for index, row in enumerate(chosen):
        progress("times", index, len(chosen))
        path = settings.work / row["subject"] / "times" / f"{row['name']}.json"
        folder = settings.work / row["subject"] / "models" / row["name"]
        key = digest([row["bytes"], row["tops"]])
        known = read_cell(path, key)
        if known is None and folder.exists():
            known = [_time(_subject(settings, row["subject"]), folder)]
            write_cell(path, key, known)
        if known is not None:
            row["ms"] = known[0]
    progress("times", len(chosen), len(chosen))
    return rows


def _time(subject: Subject, folder: Path) -> Row:
    bundle = subject.bundle(folder)
    texts = SENTENCES if isinstance(subject, Commands) else SENTENCES[:4]
    return time_bundle(bundle, subject.answerer(bundle), texts).to_json() | {"machine": machine()}


def _times(row: Row) -> bool:
    return Variant(row["method"], row["sparsity"], row["schedule"]).timed


def _watch(progress: Progress, stage: str, jobs: Collection[Future[Any]], deadline: float = math.inf) -> None:
    """Wait for all jobs, however they end; those that have not begun at the deadline are cancelled."""
    progress(stage, 0, len(jobs))
    waiting = set(jobs)
    while waiting:
        left = deadline - time.monotonic()
        if left <= 0:
            waiting = {job for job in waiting if not job.cancel()}
        _, waiting = wait(waiting, timeout=min(max(left, 1.0), 10.0), return_when=FIRST_COMPLETED)
        progress(stage, len(jobs) - len(waiting), len(jobs))


@lru_cache(maxsize=1)
def _code() -> str:
    """Of what pairs and commands depend on: it stays as it is while a sweep runs."""
    return code_digest()


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
