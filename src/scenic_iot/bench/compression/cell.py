"""One cell of the grid: a variant of a subject, made, written in its precisions, checked and scored."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import torch

from scenic_iot.bench.publish import machine
from scenic_iot.compress.books import keep_books
from scenic_iot.compress.calibrate import Calibration, calibration
from scenic_iot.compress.quantize import QuantizeError
from scenic_iot.compress.recover import Lessons
from scenic_iot.compress.scope import count_zeros
from scenic_iot.export.beams import same_order
from scenic_iot.export.onnx import Exported, export_onnx
from scenic_iot.export.parity import ParityError, check_parity, require_parity
from scenic_iot.export.precision import Precision, Sample, in_precision, packed
from scenic_iot.model.base import Model
from scenic_iot.train.loop import Machine, TrainingError

from .compressed import compress
from .plan import Variant
from .subject import Subject

Row = dict[str, Any]
"""One line of the report, as plain values."""
_PARITY, _BEAMS, _SAMPLE = 32, 24, 128
"""Sentences on which logits and beams are compared, and which static int8 is calibrated on."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A subject with what its variants are made with; made once in each process."""

    subject: Subject
    lessons: Lessons
    data: Calibration

    @classmethod
    def of(cls, subject: Subject, machine: Machine, samples: int, pairs: int) -> Bench:
        """Lessons of `samples` pairs and calibration on `pairs`."""
        corpus = subject.corpus()
        lessons = Lessons.of(subject.recipe, corpus, subject.tokenizer, subject.model.config, machine, samples)
        data = calibration(corpus, subject.tokenizer, subject.between, subject.model, pairs)
        return cls(subject, lessons, data)

    def sample(self, count: int) -> Sample:
        """Some of the calibration pairs."""
        return Sample(self.data.sentences()[:count], self.data.targets()[:count])


def run_cell(bench: Bench, variant: Variant, folder: Path) -> list[Row]:
    """The rows of a variant, a row a precision; its files stay in `folder`/NAME-PRECISION.

    What a tool or a training could not do is an `error` in its row, and such a row has no scores.
    """
    begun = time.monotonic()
    try:
        model = compress(bench.subject.model, variant, bench.lessons, bench.data)
    except (TrainingError, ValueError) as reason:
        return [_row(bench, variant, precision) | {"error": str(reason)} for precision in variant.precisions]
    made = {"seconds": round(time.monotonic() - begun, 1), **_about(model)}
    with tempfile.TemporaryDirectory() as work:
        exported = export_onnx(model, Path(work))
        try:
            checked = _check(bench, model, exported, Path(work))
        except ParityError as reason:
            return [_row(bench, variant, precision) | {"error": str(reason)} for precision in variant.precisions]
        return [
            _row(bench, variant, precision)
            | made
            | checked
            | _precision(bench, model, exported, precision, Path(work), folder / f"{variant.name}-{precision}")
            for precision in variant.precisions
        ]


def _check(bench: Bench, model: Model, exported: Exported, work: Path) -> Row:
    """Before any other figure: logits of the FP32 files against PyTorch's, then the order of their beams."""
    parity = check_parity(model, exported, bench.sample(_PARITY).sentences)
    require_parity(parity, bench.subject.recipe.export.tolerance)
    bundle = bench.subject.write(work / "checked", model, exported, "float32")
    grammar, start = bench.subject.grammar
    order = same_order(model, bundle, grammar, start, bench.sample(_BEAMS).sentences)
    return {"logit difference": parity.difference, "beams in order": order}


def _precision(bench: Bench, model: Model, exported: Exported, precision: Precision, work: Path, folder: Path) -> Row:
    """Bytes and scores of one precision."""
    try:
        files = in_precision(exported, work, precision, bench.sample(_SAMPLE))
    except QuantizeError as reason:
        return {"error": str(reason)}
    books = keep_books(files.files())
    stored = packed(files, work)
    stated = "float32" if precision == "fp32" else precision
    bundle = bench.subject.write(folder, model, files, stated)
    answers = bench.subject.score(bundle)
    return {
        "bytes": books.total,
        "files": dict(books.files),
        "kinds": dict(books.kinds),
        "packed": stored.bytes(),
        "scores": answers.rates,
        "tops": answers.tops,
    }


def _row(bench: Bench, variant: Variant, precision: str) -> Row:
    return {
        "subject": bench.subject.name,
        "family": bench.subject.model.family,
        "method": variant.method,
        "sparsity": variant.sparsity,
        "schedule": variant.schedule,
        "precision": precision,
        "steps": 0 if variant.method == "dense" and variant.schedule == "none" else bench.lessons.steps,
        "name": f"{variant.name}-{precision}",
        "date": date.today().isoformat(),
        "device": device_name(bench.lessons.machine.device),
    }


def device_name(device: torch.device) -> str:
    """What models are trained on."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else machine()


def _about(model: Model) -> Row:
    zeros = count_zeros(model)
    return {
        "parameters": model.size(),
        "zeros of targeted": round(zeros.of_targeted, 4),
        "zeros of whole": round(zeros.of_whole, 4),
    }


def read_cell(path: Path, key: str) -> list[Row] | None:
    """Rows that were written before for the same settings."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return list(content["rows"]) if content["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_cell(path: Path, key: str, rows: Sequence[Row]) -> None:
    """Write rows, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(json.dumps({"key": key, "rows": rows}, ensure_ascii=False), encoding="utf-8")
    os.replace(temporary, path)


def digest(parts: object) -> str:
    """A short digest of plain values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def quiet() -> None:
    """What a process that makes cells does first: one thread, since there are many of them."""
    torch.set_num_threads(1)
