"""The paper's two files, and the splits that a model is trained on. Nothing of the files is written anywhere.

a  the training file as it is: every row of the benchmark is in it, so scores say nothing but that a file was learned
b  without the benchmark's rows and what is nearly like them (character 3-grams, Jaccard of at least 0.6)
c  without any row that has a response of the benchmark: only composing can answer
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scenic_iot.home.yamlfile import FileError
from scenic_iot.instruct.minhash import nearest
from scenic_iot.instruct.pairfile import Progress, read_rows, silent
from scenic_iot.instruct.similar import Shingles
from scenic_iot.text.normalise import normalise
from scenic_iot.textpairs.pair import Pair, compared

TRAINING, BENCHMARK = "SCENIC_full_training_dataset.json", "iot_instruction_benchmark_200.json"
SPLITS = ("a", "b", "c")
ABOUT = {
    "a": "as published, CONTAMINATED: all benchmark rows are in the training file",
    "b": "without benchmark rows and near duplicates",
    "c": "without any response of the benchmark",
}
NEAR = 0.6


@dataclass(frozen=True, slots=True)
class Question:
    """A row of the benchmark."""

    id: str
    difficulty: str
    text: str
    response: str


@dataclass(frozen=True, slots=True)
class PaperData:
    """Both files."""

    training: tuple[Pair, ...]
    benchmark: tuple[Question, ...]

    def split(self, name: str, progress: Progress = silent) -> list[Pair]:
        """The training pairs of a split, in the file's order."""
        if name == "a":
            return list(self.training)
        if name == "b":
            return without_near(self.training, [question.text for question in self.benchmark], progress)
        if name == "c":
            responses = {compared(question.response) for question in self.benchmark}
            return [pair for pair in self.training if compared(pair.response) not in responses]
        raise ValueError(f"no split {name!r}; there are {', '.join(SPLITS)}")


def read_paper(folder: Path) -> PaperData:
    """The files in a folder, as their author named them. Raises FileError, also for a file that is not there."""
    training = tuple(Pair(row.text, row.answer) for row in read_rows(folder / TRAINING))
    path = folder / BENCHMARK
    rows = read_rows(path)
    entries = json.loads(path.read_text(encoding="utf-8-sig"))
    for row, entry in zip(rows, entries, strict=True):
        for name in ("id", "difficulty"):
            if not isinstance(entry.get(name), str):
                raise FileError(str(path), row.line, name, "is missing, or no text")
    questions = (
        Question(entry["id"], entry["difficulty"], row.text, row.answer)
        for row, entry in zip(rows, entries, strict=True)
    )
    return PaperData(training, tuple(questions))


def without_near(pairs: Sequence[Pair], texts: Sequence[str], progress: Progress = silent) -> list[Pair]:
    """The pairs whose prompts are not at least `NEAR` like any of the texts, all in the form that models read."""
    shingles = Shingles([normalise(text) for text in (*(pair.text for pair in pairs), *texts)])
    rows, asked = np.arange(len(pairs)), np.arange(len(pairs), len(shingles))
    found = nearest(shingles, rows, asked, NEAR, progress)
    return [pair for index, pair in enumerate(pairs) if index not in found]
