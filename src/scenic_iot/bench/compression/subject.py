"""What is compressed: a dense model with its data, and how its variants are written and scored.

There are two kinds: models of commands, scored as bundles on the benchmark and on gold files, and models of the paper's
responses (`bench.paper`), scored on the paper's benchmark with everything like it taken out of training (split b).
"""

from __future__ import annotations

import json
import shutil
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from scenic_iot.bench.evaluate import Ranker, ranker
from scenic_iot.bench.metrics import Rate, key
from scenic_iot.bench.paper.data import read_paper
from scenic_iot.bench.sets import GoldSet, benchmark_sets, read_sets, written_sets
from scenic_iot.command.automaton import Automaton
from scenic_iot.export.bundle import Contents, write_bundle
from scenic_iot.export.onnx import Exported
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.model.base import Model
from scenic_iot.runtime.bundle import LAYOUT, Bundle, load_bundle
from scenic_iot.runtime.decode import Grammar, beam_search
from scenic_iot.runtime.pipeline import Interpreter
from scenic_iot.runtime.session import Session
from scenic_iot.runtime.written import automaton
from scenic_iot.text.normalise import normalise
from scenic_iot.text.pieces import BETWEEN, BOS, EOS
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.textpairs.pair import compared
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.pairs import Prepared
from scenic_iot.train.pipeline import Trained
from scenic_iot.train.recipe import Recipe

Rates = dict[str, dict[str, Any]]
"""By set, EM@1 and EM@5 as plain values."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of scoring: rates by set, and a checksum of the best answer to every row."""

    rates: Rates
    tops: list[int]


@dataclass(frozen=True)
class Subject(ABC):
    """A dense model, on the processor, and what goes with it."""

    name: str
    recipe: Recipe
    model: Model

    @property
    @abstractmethod
    def tokenizer(self) -> Tokenizer:
        """Of its input."""

    @property
    @abstractmethod
    def between(self) -> int:
        """The symbol between actions."""

    @property
    @abstractmethod
    def grammar(self) -> tuple[Grammar[Any], Any]:
        """What it may write, and where that starts."""

    @abstractmethod
    def corpus(self) -> Corpus:
        """Its training pairs."""

    @abstractmethod
    def write(self, folder: Path, model: Model, exported: Exported, precision: str) -> Bundle:
        """Put the files of a variant into a folder, ready to be run."""

    @abstractmethod
    def bundle(self, folder: Path) -> Bundle:
        """What `write` put there."""

    @abstractmethod
    def answerer(self, bundle: Bundle) -> Ranker:
        """What answers a text with the files of a variant, the best first."""

    @abstractmethod
    def score(self, bundle: Bundle) -> Answers:
        """Score the files of a variant."""


@dataclass(frozen=True)
class Commands(Subject):
    """A model of commands."""

    trained: Trained
    data: Path
    """The folder that `prepare` wrote the pairs to."""
    gold: tuple[Path, ...]
    rows: int
    """Rows of the benchmark that are scored, spread evenly over its sections."""

    @property
    def tokenizer(self) -> Tokenizer:
        return self.trained.tokenizer

    @property
    def between(self) -> int:
        return self.trained.symbols.ids[";"]

    @property
    def grammar(self) -> tuple[Grammar[Any], Any]:
        made = Automaton(self.trained.symbols, load_catalogue(self.trained.catalogue))
        return made, made.start((), 0)

    def corpus(self) -> Corpus:
        return Corpus.load(self.data / "corpus.npz")

    def write(self, folder: Path, model: Model, exported: Exported, precision: str) -> Bundle:
        summary = replace(self.trained.summary, parameters=model.size())
        trained = replace(self.trained, model=model, summary=summary)
        return load_bundle(write_bundle(folder, trained, exported, Contents(precision, {})))

    def bundle(self, folder: Path) -> Bundle:
        return load_bundle(folder)

    def answerer(self, bundle: Bundle) -> Ranker:
        return ranker(Interpreter(bundle))

    def score(self, bundle: Bundle) -> Answers:
        answers = Answers({}, [])
        for name, sets in self._sets(bundle).items():
            rows = []
            for part in sets:
                rank = ranker(Interpreter(bundle, part.home))
                rows += [(set(map(key, row.right)), rank(row.text)) for row in part.rows if row.sure]
            count(answers, name, rows, key)
        return answers

    def _sets(self, bundle: Bundle) -> dict[str, list[GoldSet]]:
        catalogue = bundle.catalogue
        sections = benchmark_sets(catalogue)
        every = max(1, round(sum(len(section.rows) for section in sections) / self.rows))
        sets = {"benchmark": [replace(section, rows=section.rows[::every]) for section in sections]}
        sets["written"] = written_sets(catalogue)
        for part in read_sets(self.gold, catalogue) if self.gold else []:
            sets[part.name] = [part]
        return sets


@dataclass(frozen=True)
class Paper(Subject):
    """A model of the paper's responses."""

    prepared: Prepared
    files: Path
    """The folder of the paper's two files."""

    @property
    def tokenizer(self) -> Tokenizer:
        return self.prepared.tokenizer

    @property
    def between(self) -> int:
        return BETWEEN

    @property
    def grammar(self) -> tuple[Grammar[Any], Any]:
        return automaton(self.prepared.pieces), 0

    def corpus(self) -> Corpus:
        return self.prepared.corpus

    def write(self, folder: Path, model: Model, exported: Exported, precision: str) -> Bundle:
        folder.mkdir(parents=True, exist_ok=True)
        for path, name in zip(exported.files(), (LAYOUT.encoder, LAYOUT.decoder), strict=False):
            shutil.copyfile(path, folder / name)
        config = {"family": model.family, "model": asdict(model.config)}
        (folder / LAYOUT.config).write_text(json.dumps(config), encoding="utf-8")
        return self.bundle(folder)

    def bundle(self, folder: Path) -> Bundle:
        config = json.loads((folder / LAYOUT.config).read_text(encoding="utf-8"))
        return Bundle(folder, load_catalogue(), self.tokenizer, self.prepared.pieces.tokens, config)

    def answerer(self, bundle: Bundle) -> Ranker:
        session, (grammar, start), pieces = Session(bundle), self.grammar, self.prepared.pieces

        def answer(text: str) -> list[str]:
            tokens = self.tokenizer.encode(normalise(text))[: bundle.max_source]
            longest = bundle.max_target
            found = beam_search(session.read(tokens), grammar, start, begin=BOS, end=EOS, beams=5, longest=longest)
            return list(dict.fromkeys(pieces.decode(hypothesis.symbols) for hypothesis in found))

        return answer

    def score(self, bundle: Bundle) -> Answers:
        answer, answers = self.answerer(bundle), Answers({}, [])
        questions = read_paper(self.files).benchmark
        rows = [({compared(question.response)}, answer(question.text)) for question in questions]
        count(answers, "paper, decontaminated", rows, compared)
        return answers


def count(
    answers: Answers, name: str, rows: Iterable[tuple[set[str], Sequence[str]]], form: Callable[[str], str]
) -> None:
    """Add a set's rates: rows are what is right and the ranked answers; `form` is how they are compared."""
    first, five = Rate(), Rate()
    for right, ranked in rows:
        found = [form(answer) for answer in ranked[:5]]
        first.count(bool(found) and found[0] in right)
        five.count(any(entry in right for entry in found))
        answers.tops.append(zlib.crc32(ranked[0].encode()) if ranked else 0)
    answers.rates[name] = {"EM@1": first.to_json(), "EM@5": five.to_json()}
