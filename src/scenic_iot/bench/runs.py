"""Training many recipes on the same pairs, several at a time, and scoring what comes out; each run in a folder.

    FOLDER/pairs/          corpus.npz and held-out.npz, shared by all
    FOLDER/runs/NAME/      a training's files, `bundle`, and `result.json`, which says that the run is finished

Tiny models do not fill a GPU, so runs share it, each in a process. What is finished is not done again, and what was
broken off goes on from its checkpoint.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch

from scenic_iot.export.make import export_bundle
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.runtime.pipeline import Interpreter
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.dataset import Layout, bucketed
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import Trained, prepare, train_recipe
from scenic_iot.train.recipe import Recipe

from .evaluate import answers, ranker
from .metrics import key
from .sets import GoldSet, benchmark_sets, read_sets, written_sets

RESULT = "result.json"
BENCHMARK = "benchmark"
SHOWN = 400
"""Sentences of which a run keeps vectors, for a picture of its space."""
_COMMANDS = 10  # as many as there are colours


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as it is sent to a process."""

    recipe: Recipe
    folder: Path
    """Of all runs."""
    gold: Path | None
    device: str
    threads: int

    @property
    def here(self) -> Path:
        """The run's own folder."""
        return self.folder / "runs" / self.recipe.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, and on what. All recipes share the first one's pairs."""

    recipes: tuple[Recipe, ...]
    folder: Path
    gold: Path | None = None
    """A folder of gold files that are scored beside the packaged sets."""
    device: str = "auto"
    parallel: int = 1


def run_all(plan: Plan, minutes: float = float("inf"), progress: Progress = silent) -> list[dict[str, Any]]:
    """The results of all runs that are finished, in the plan's order; none is begun when `minutes` are over.

    Raises what the first failed run raised, when those beside it are done.
    """
    ends = time.monotonic() + 60 * minutes
    cores = os.cpu_count() or 1
    pairs = plan.folder / "pairs"
    pairs.mkdir(parents=True, exist_ok=True)
    threads = max(1, cores // plan.parallel)
    jobs = [Job(recipe, plan.folder, plan.gold, plan.device, threads) for recipe in plan.recipes]
    left = [job for job in jobs if not (job.here / RESULT).exists()]
    if left and not _made(pairs, plan.recipes[0]):
        prepare(plan.recipes[0], pairs, workers=cores)
    finished = len(jobs) - len(left)
    progress("runs", finished, len(jobs))
    for _ in _in_processes(left, plan.parallel, lambda: time.monotonic() < ends):
        finished += 1
        progress("runs", finished, len(jobs))
    return [json.loads((job.here / RESULT).read_text("utf-8")) for job in jobs if (job.here / RESULT).exists()]


def _made(pairs: Path, recipe: Recipe) -> bool:
    """Whether so many pairs are there. They are kept even where the lexicon changed since: runs are to be compared."""
    note = pairs / "data.json"
    return note.exists() and json.loads(note.read_text(encoding="utf-8"))["pairs"] == recipe.data.pairs


def _in_processes(jobs: Sequence[Job], parallel: int, in_time: Callable[[], bool]) -> Iterator[None]:
    """Do jobs, so many at a time; one more for each that is done, while there is time."""
    if parallel == 1:
        for job in jobs:
            if not in_time():
                return
            perform(job)
            yield
        return
    waiting = list(jobs)
    context = multiprocessing.get_context("spawn")  # a forked process cannot use the GPU
    with ProcessPoolExecutor(parallel, mp_context=context) as pool:
        running: set[Future[None]] = set()
        while running or (waiting and in_time()):
            while waiting and len(running) < parallel and in_time():
                running.add(pool.submit(perform, waiting.pop(0)))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                yield


def perform(job: Job) -> None:
    """Train, export, score, and write the result."""
    began = time.monotonic()
    pairs = job.folder / "pairs"
    corpora = Corpus.load(pairs / "corpus.npz"), Corpus.load(pairs / "held-out.npz")
    machine = Machine.detect(job.device, threads=job.threads)
    trained = train_recipe(job.recipe, job.here, machine, workers=job.threads, show=False, corpora=corpora)
    bundle = export_bundle(trained, job.here / "bundle")
    recipe, summary = job.recipe, trained.summary
    files = load_bundle(bundle).config["files"]
    result = {
        "name": recipe.name,
        "family": recipe.model.family,
        "preset": recipe.model.preset,
        "objective": recipe.train.objective,
        "seed": recipe.seed,
        "pairs": len(corpora[0]),
        "samples": summary.samples,
        "parameters": summary.parameters,
        "bytes": sum(entry["bytes"] for entry in files.values()),
        "training seconds": summary.seconds,
        "device": summary.device,
        "torch": summary.torch,
        "date": date.today().isoformat(),
        "retrieval": retrieval(trained, job.here / "vectors.npz"),
        "sets": {part.name: _hits(bundle, part) for part in gold_sets(bundle, job.gold)},
        "seconds": round(time.monotonic() - began, 1),
    }
    partial = job.here / (RESULT + ".part")
    partial.write_text(json.dumps(result, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(job.here / RESULT)


def gold_sets(bundle: Path, gold: Path | None) -> list[GoldSet]:
    """The benchmark, each section marked by its name, the written sets, and gold of one's own."""
    catalogue = load_bundle(bundle).catalogue
    named = [GoldSet(f"{BENCHMARK}:{part.name}", part.rows, part.home) for part in benchmark_sets(catalogue)]
    return [*named, *written_sets(catalogue), *(read_sets([gold], catalogue) if gold else [])]


def _hits(bundle: Path, part: GoldSet) -> dict[str, str]:
    """For each row that counts a 1 or 0: right at once, right among five, refused, and whether it is to be refused."""
    marks: dict[str, list[bool]] = {"em1": [], "em5": [], "refused": [], "reject": []}
    for answer in answers(part.rows, ranker(Interpreter(load_bundle(bundle), part.home))):
        right, found = set(map(key, answer.row.right)), list(map(key, answer.ranked))
        marks["em1"].append(found[0] in right)
        marks["em5"].append(any(entry in right for entry in found))
        marks["refused"].append(found[0] == "reject")
        marks["reject"].append(key(answer.row.command) == "reject")
    return {name: "".join("01"[mark] for mark in entries) for name, entries in marks.items()}


@torch.no_grad()
def retrieval(trained: Trained, kept: Path) -> dict[str, float]:
    """Precision at 1 on held-out sentences: whether the nearest other one, by cosine, has the same command.

    Only sentences whose command another one has can be right, and only they are asked. Some vectors and the numbers of
    their commands, those of the most frequent ones, are kept in a file.
    """
    config = trained.model.config
    layout = Layout(256, (config.max_source, config.max_target), torch.device("cpu"), (4, 1))
    vectors, commands = [], []
    for batch in bucketed(trained.held_out, layout).once():
        vectors.append(torch.nn.functional.normalize(trained.model.pool(batch.source), dim=1))
        commands += [tuple(row[row != 0].tolist()) for row in batch.target]
    space = torch.cat(vectors)
    numbers: dict[tuple[int, ...], int] = {}
    named = torch.tensor([numbers.setdefault(command, len(numbers)) for command in commands])
    alike = (space @ space.T).fill_diagonal_(-2.0)
    counts = torch.bincount(named)
    asked = counts[named] > 1
    hits = (named[alike.argmax(dim=1)] == named)[asked]
    # Rejections are most of the sentences and no one meaning, so the picture is of commands.
    rejected = torch.tensor([trained.symbols.tokens[command[0]].startswith("reject ") for command in numbers])
    frequent = counts.masked_fill(rejected, 0).topk(min(_COMMANDS, len(counts))).indices
    chosen = torch.isin(named, frequent).nonzero().flatten()[:SHOWN]
    texts = [" ".join(trained.symbols.tokens[symbol] for symbol in command[:-1]) for command in numbers]
    names = [texts[place] for place in named[chosen].tolist()]
    np.savez_compressed(kept, vectors=space[chosen].numpy().astype(np.float16), names=np.array(names))
    return {"precision at 1": float(hits.float().mean()) if len(hits) else 0.0, "sentences": int(asked.sum())}
