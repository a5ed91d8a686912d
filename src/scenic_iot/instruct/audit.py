"""What a test file has in common with a training file: rows word for word, rows written otherwise, rows nearly the
same, phrase patterns; and texts that stand under two answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from scenic_iot.text.normalise import normalise

from .minhash import nearest
from .pairfile import Progress, Row, silent
from .similar import Shingles

THRESHOLD = 0.8
_EVERY = 2000


@dataclass(slots=True)
class Finding:
    """How often something was found, with a few examples: for each, the text and what it was found with."""

    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Audit:
    """What was found. A test row counts once: as exact, else as normalised, else as near."""

    train_rows: int
    test_rows: int
    threshold: float
    exact: Finding = field(default_factory=Finding)
    """Test rows whose text stands in the training file character for character."""
    with_answer: int = 0
    """Those of the exact that have the same answer too."""
    normalised: Finding = field(default_factory=Finding)
    """Test rows whose text differs from one of the training file only in how it is written."""
    near: Finding = field(default_factory=Finding)
    """Test rows at least `threshold` alike to one of the training file."""
    patterns_compared: bool = False
    """Whether both files name phrase patterns."""
    patterns: Finding = field(default_factory=Finding)
    """Phrase patterns that both files use."""
    pattern_rows: int = 0
    """Test rows made from such a pattern."""
    conflicts: Finding = field(default_factory=Finding)
    """Texts, of both files together, that stand under answers which exclude each other."""

    @property
    def leaked_rows(self) -> int:
        """Test rows that are exact, normalised or near duplicates."""
        return self.exact.count + self.normalised.count + self.near.count

    @property
    def leaks(self) -> bool:
        """Whether the test file is not separate from the training file. Conflicts alone are no leak."""
        return bool(self.leaked_rows or self.patterns.count)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {"leaks": self.leaks, "leaked_rows": self.leaked_rows, **asdict(self)}

    def lines(self) -> Iterator[str]:
        """For people to read."""
        share = self.leaked_rows / self.test_rows
        yield f"{self.test_rows:,} test rows against {self.train_rows:,} training rows: {self.leaked_rows:,} leaked"
        yield f"    ({share:.1%} are duplicates; {'not clean' if self.leaks else 'clean'})"
        pattern = f"{self.pattern_rows:,} test rows" if self.patterns_compared else "not compared: a file names none"
        for title, finding, note in (
            ("exact", self.exact, f"{self.with_answer:,} with the same answer"),
            ("normalised", self.normalised, "the same but for case, marks, spaces, traditional characters"),
            ("near", self.near, f"character 3-gram Jaccard of {self.threshold:g} or more"),
            ("shared patterns", self.patterns, pattern),
            ("label conflicts", self.conflicts, "one text, two answers, in either file"),
        ):
            yield f"{title:16}{finding.count:8,}   {note}"
            for example in finding.examples:
                text = example.get("text", example.get("pattern"))
                rest = ", ".join(f"{k} {v!r}" for k, v in example.items() if k not in ("text", "pattern"))
                yield f"    {text!r}: {rest}"


def audit(
    train: Sequence[Row],
    test: Sequence[Row],
    threshold: float = THRESHOLD,
    examples: int = 3,
    progress: Progress = silent,
) -> Audit:
    """Look for everything that `Audit` describes. `examples`: how many of each are kept."""
    report = Audit(len(train), len(test), threshold)
    written = _written([*train, *test], progress)
    train_written, test_written = written[: len(train)], written[len(train) :]
    rest = _find_same(report, train, test, train_written, test_written, examples)
    _find_near(report, (train, test), (train_written, test_written), rest, examples, progress)
    _find_patterns(report, train, test, examples)
    _find_conflicts(report, (("train", train, train_written), ("test", test, test_written)), examples)
    return report


def _written(rows: Sequence[Row], progress: Progress) -> list[str]:
    out = []
    for done, row in enumerate(rows, 1):
        out.append(normalise(row.text, placeholders=True))
        if done % _EVERY == 0 or done == len(rows):
            progress("normalising", done, len(rows))
    return out


def _note(finding: Finding, examples: int, example: dict[str, Any]) -> None:
    finding.count += 1
    if len(finding.examples) < examples:
        finding.examples.append(example)


def _find_same(
    report: Audit,
    train: Sequence[Row],
    test: Sequence[Row],
    train_written: Sequence[str],
    test_written: Sequence[str],
    examples: int,
) -> list[int]:
    """Note exact and normalised duplicates; the places of the test rows that are neither."""
    exact: dict[str, list[int]] = defaultdict(list)
    first: dict[str, Row] = {}
    for place, (row, text) in enumerate(zip(train, train_written, strict=True)):
        exact[row.text].append(place)
        first.setdefault(text, row)
    rest = []
    for place, (row, text) in enumerate(zip(test, test_written, strict=True)):
        if row.text in exact:
            same = [train[other] for other in exact[row.text]]
            report.with_answer += any((row.named, row.answer) == (other.named, other.answer) for other in same)
            lines = {"test_line": row.line, "train_line": same[0].line}
            _note(report.exact, examples, {"text": row.text, **lines})
        elif text and text in first:
            other = first[text]
            lines = {"test_line": row.line, "train_line": other.line}
            _note(report.normalised, examples, {"text": row.text, "train_text": other.text, **lines})
        else:
            rest.append(place)
    return rest


def _find_near(
    report: Audit,
    rows: tuple[Sequence[Row], Sequence[Row]],
    written: tuple[Sequence[str], Sequence[str]],
    rest: Sequence[int],
    examples: int,
    progress: Progress,
) -> None:
    train, test = rows
    first: dict[str, Row] = {}
    for row, text in zip(train, written[0], strict=True):
        first.setdefault(text, row)
    texts = list(first)
    asked = list(dict.fromkeys(written[1][place] for place in rest))
    pool, queries = np.arange(len(texts)), np.arange(len(texts), len(texts) + len(asked))
    found = nearest(Shingles([*texts, *asked]), queries, pool, report.threshold, progress)
    by_text = {asked[query - len(texts)]: (first[texts[best]], alike) for query, (best, alike) in found.items()}
    for place in rest:
        match = by_text.get(written[1][place])
        if match is not None:
            row, (other, alike) = test[place], match
            lines = {"test_line": row.line, "train_line": other.line}
            example = {"text": row.text, "train_text": other.text, "likeness": round(alike, 3), **lines}
            _note(report.near, examples, example)


def _find_patterns(report: Audit, train: Sequence[Row], test: Sequence[Row], examples: int) -> None:
    known = {phrase for row in train for phrase in row.phrases}
    users: dict[str, Row] = {}
    for row in test:
        for phrase in row.phrases:
            users.setdefault(phrase, row)
    report.patterns_compared = bool(known) and bool(users)
    for phrase in sorted(known & set(users)):
        row = users[phrase]
        _note(report.patterns, examples, {"pattern": phrase, "test_text": row.text, "test_line": row.line})
    report.pattern_rows = sum(not known.isdisjoint(row.phrases) for row in test)


def _find_conflicts(report: Audit, files: Sequence[tuple[str, Sequence[Row], Sequence[str]]], examples: int) -> None:
    answers: dict[tuple[str, str], set[str]] = {}
    places: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for name, rows, written in files:
        for row, text in zip(rows, written, strict=True):
            if not text:
                continue
            key, right = (text, row.named), {row.answer, *row.accept}
            answers[key] = answers[key] & right if key in answers else right
            places[key].setdefault(row.answer, f"{name}:{row.line}")
    for key, right in answers.items():
        if not right:
            _note(report.conflicts, examples, {"text": key[0], "answers": places[key]})
