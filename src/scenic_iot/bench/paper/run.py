"""Training and scoring the planned models, one after another; what is finished is not done again."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from scenic_iot.bench.publish import machine as processor
from scenic_iot.bench.textscore import exact_match
from scenic_iot.home.yamlfile import FileError
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.textpairs.pair import COMPARED
from scenic_iot.train.answer import Answerer
from scenic_iot.train.begin import Beginning
from scenic_iot.train.loop import Machine
from scenic_iot.train.pairs import Prepared, prepare_pairs, train_prepared

from .begin import Beginnings
from .data import PaperData, Question
from .plan import Run

RESULTS = "results.json"
Results = dict[str, dict[str, Any]]
"""What came of each run, by its key; plain values."""


def read_results(path: Path) -> Results:
    """Results that were written before; none where there is no file. Raises FileError on something else."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {entry["key"]: {"start": "nothing"} | entry for entry in content["runs"]}  # once there was no choice
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(str(path), 0, "", f"holds no results of this benchmark: {error}") from error


def write_results(results: Results, folder: Path) -> None:
    """Write `results.json`, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "benchmark": "SCENIC iot_instruction_benchmark_200",
        "compared": COMPARED,
        "runs": list(results.values()),
    }
    temporary = folder / f"{RESULTS}.part"
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, folder / RESULTS)


def run_all(
    runs: Sequence[Run],
    data: PaperData,
    folder: Path,
    machine: Machine,
    results: Results,
    progress: Progress = silent,
    finished: Callable[[Run, dict[str, Any]], None] = lambda run, result: None,
    workers: int = 1,
) -> Results:
    """Do the runs that `results` lacks; each is added to them, and `results.json` written, as soon as it is done.
    `workers` processes generate the pairs that runs begin with."""
    machine = replace(machine, checkpoint_seconds=0.0)
    beginnings = Beginnings(data.benchmark, folder, machine, workers)
    prepared: dict[str, Prepared] = {}
    for index, run in enumerate(runs):
        progress("runs", index, len(runs))
        if run.key() in results:
            continue
        made = f"{run.split} {run.seed}"
        if made not in prepared:
            pairs = data.split(run.split, progress)
            recipe = run.recipe()
            prepared = {made: prepare_pairs(pairs, run.pairs(), recipe.tokenizer, run.seed, progress)}
        beginning = beginnings(run.beginning()) if run.start == "instruct" else None
        result = run_one(run, prepared[made], data.benchmark, machine, beginning)
        results[run.key()] = result
        write_results(results, folder)
        finished(run, result)
    progress("runs", len(runs), len(runs))
    return results


def run_one(
    run: Run,
    prepared: Prepared,
    benchmark: Sequence[Question],
    machine: Machine,
    beginning: Beginning | None = None,
) -> dict[str, Any]:
    """Train one model and score it; no text of the benchmark is in what comes back."""
    begun = time.monotonic()
    if beginning is not None:
        prepared = replace(prepared, tokenizer=beginning.tokenizer)
    with tempfile.TemporaryDirectory() as work:
        model, summary = train_prepared(prepared, run.recipe(), Path(work), machine, show=False, beginning=beginning)
    trained = time.monotonic()
    answerer = Answerer(model, prepared.tokenizer, prepared.pieces, machine.device)
    answers = answerer([question.text for question in benchmark])
    ended = time.monotonic()
    return {
        "key": run.key(),
        "split": run.split,
        "contaminated": run.split == "a",
        "family": run.family,
        "size": run.size,
        "objective": run.objective,
        "start": run.start,
        "seed": run.seed,
        "parameters": model.size(),
        "rows": prepared.given,
        **score(benchmark, answers),
        "seconds": {"training": round(trained - begun, 1), "scoring": round(ended - trained, 1)},
        "steps": summary.steps,
        "samples": summary.samples,
        "loss": round(summary.loss, 4),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(machine),
        "torch": torch.__version__,
    }


def score(benchmark: Sequence[Question], answers: Sequence[Sequence[str]]) -> dict[str, Any]:
    """EM@1 and EM@5, all together and by difficulty, and the ids of what was missed."""
    asked = list(zip(benchmark, answers, strict=True))
    groups = {"all": asked}
    for question, ranked in asked:
        groups.setdefault(question.difficulty, []).append((question, ranked))
    scores: dict[str, Any] = {}
    for name, group in groups.items():
        em1, em5 = exact_match([question.response for question, _ in group], [ranked for _, ranked in group])
        scores[name] = {"EM@1": em1.to_json(), "EM@5": em5.to_json()}
    misses = [question.id for question, ranked in asked if not exact_match([question.response], [ranked])[0].hits]
    return {"scores": scores, "misses": misses}


def _machine(machine: Machine) -> str:
    if machine.device.type == "cuda":
        return f"{torch.cuda.get_device_name(machine.device)}, {machine.precision}"
    return f"{processor()}, {torch.get_num_threads()} threads, {machine.precision}"
