"""Leaks between two files are found, clean files are clean, bad files are named."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from scenic_iot.cli import cli
from scenic_iot.home.yamlfile import FileError
from scenic_iot.instruct.audit import Audit, audit
from scenic_iot.instruct.minhash import HASHES, MISSED, nearest, shape
from scenic_iot.instruct.pairfile import PairFileError, Row, read_rows
from scenic_iot.instruct.similar import Postings, Shingles, grams, likeness

TRAIN = [
    {"text": "turn on the light in the kitchen", "command": "light@kitchen power=on", "phrases": ["en/a/1"]},
    {"text": "Close the curtains, please!", "command": "curtain position=closed", "phrases": ["en/a/2"]},
    {"text": "把客厅的灯关了", "command": "light@living_room power=off", "phrases": ["zh/a/1"]},
    {"text": "is the washing machine in the basement still running", "command": "washing_machine@basement power?"},
]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def compare(tmp_path: Path, test: list[dict[str, Any]], threshold: float = 0.8) -> Audit:
    train = read_rows(lines(tmp_path / "train.jsonl", TRAIN))
    return audit(train, read_rows(lines(tmp_path / "test.jsonl", test)), threshold)


def test_each_kind_of_duplicate_is_counted_once(tmp_path: Path) -> None:
    found = compare(
        tmp_path,
        [
            {"text": "turn on the light in the kitchen", "command": "light@kitchen power=on"},
            {"text": "把客厅的灯关了", "command": "light power=off"},
            {"text": "close the curtains please", "command": "curtain position=closed"},
            {"text": "把客廳的燈關了。", "command": "light@living_room power=off"},
            {"text": "is the washing machine in the basement still running now", "command": "reject ambiguous"},
            {"text": "brew me a coffee", "command": "coffee_machine task=brew"},
        ],
    )
    assert (found.exact.count, found.with_answer, found.normalised.count, found.near.count) == (2, 1, 2, 1)
    assert found.leaked_rows == 5
    assert found.leaks
    assert found.near.examples[0]["train_text"] == TRAIN[3]["text"]
    assert (found.near.examples[0]["test_line"], found.near.examples[0]["train_line"]) == (5, 4)
    # the light in the living room: two commands in the test file, one of them the training file's
    assert found.conflicts.count == 1
    assert found.conflicts.examples[0]["answers"] == {
        "light@living_room power=off": "train:3",
        "light power=off": "test:2",
    }


def test_shared_patterns_are_a_leak(tmp_path: Path) -> None:
    row = {
        "text": "set the oven to two hundred degrees",
        "command": "oven temperature=200",
        "phrases": ["en/a/2", "en/b/9"],
    }
    found = compare(tmp_path, [row])
    assert (found.leaked_rows, found.patterns.count, found.pattern_rows) == (0, 1, 1)
    assert found.patterns_compared
    assert found.leaks
    assert not compare(tmp_path, [{**row, "phrases": ["en/b/9"]}]).leaks
    without = compare(tmp_path, [{**row, "phrases": []}])
    assert not without.leaks
    assert not without.patterns_compared


def test_answers_that_are_accepted_or_of_another_name_are_no_conflict(tmp_path: Path) -> None:
    text = TRAIN[0]["text"]
    accepted = {"text": text, "command": "light power=on", "accept": [TRAIN[0]["command"]]}
    assert compare(tmp_path, [accepted]).conflicts.count == 0
    assert compare(tmp_path, [{"prompt": text, "response": "好的"}]).conflicts.count == 0
    assert compare(tmp_path, [{"text": text, "command": "light power=on"}]).conflicts.count == 1


def test_the_threshold_is_inclusive_and_exact() -> None:
    left, right = "abcdefgh", "abcdefg"  # six grams and five of them
    rows = [Row(left, "x", "command", 1)], [Row(right, "x", "command", 1)]
    assert likeness(grams(left), grams(right)) == 5 / 6
    assert audit(*rows, threshold=5 / 6).near.count == 1
    assert audit(*rows, threshold=0.84).near.count == 0


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 0.9, 1.0])
def test_hashing_finds_what_comparing_all_finds(threshold: float) -> None:
    rng = random.Random(3)
    texts = ["".join(rng.choices(string.ascii_lowercase[:8], k=rng.randint(1, 40))) for _ in range(150)]
    for text in texts[:100]:
        place = rng.randrange(len(text) + 1)
        texts.append(text[:place] + rng.choice("xyz") + text[place + rng.randint(0, 2) :])
    texts.append("")
    sets = [grams(text) for text in texts]
    pool, queries = np.arange(130), np.arange(130, len(texts))
    best = {int(q): max(likeness(sets[q], sets[p]) for p in range(130)) for q in queries}
    found = nearest(Shingles(texts), queries, pool, threshold)
    assert {query: alike for query, (_, alike) in found.items()} == {q: b for q, b in best.items() if b >= threshold}
    assert all(likeness(sets[query], sets[row]) == alike for query, (row, alike) in found.items())
    bands, rows = shape(threshold)
    assert bands * rows <= HASHES
    assert (1 - threshold**rows) ** bands <= MISSED


def test_postings_give_the_likeness_to_all() -> None:
    texts = ["turn it on", "turn it off", "ab", "ab", "灯", "把灯打开"]
    sets = [grams(text) for text in texts]
    postings = Postings(Shingles(texts))
    for row, mine in enumerate(sets):
        assert postings.likeness(row).tolist() == [likeness(mine, other) for other in sets]


def test_ten_thousand_rows_take_seconds() -> None:
    rng = random.Random(1)
    words = ["".join(rng.choices(string.ascii_lowercase, k=5)) for _ in range(400)]
    texts = [" ".join(rng.choices(words, k=7)) for _ in range(11_000)]
    train = [Row(text, "x", "command", n) for n, text in enumerate(texts[:10_000], 1)]
    test = [Row(text, "x", "command", n) for n, text in enumerate(texts[10_000:], 1)]
    test += [Row(row.text + " ok", "x", "command", 0) for row in train[:50]]
    seen = []
    found = audit(train, test, progress=lambda stage, done, total: seen.append((stage, done == total)))
    assert (found.exact.count, found.near.count) == (0, 50)
    assert {stage for stage, finished in seen if finished} == {"normalising", "hashing", "comparing"}


def test_lists_with_prompts_are_read_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(
        '\ufeff[\n {"prompt": "开灯", "response": "好的"},\n\n {"prompt": "关灯",\n "response": "好"}\n]\n', "utf-8"
    )
    assert [(r.text, r.answer, r.named, r.line) for r in read_rows(path)] == [
        ("开灯", "好的", "response", 2),
        ("关灯", "好", "response", 4),
    ]


@pytest.mark.parametrize(
    ("content", "line", "field"),
    [
        (b"", 1, ""),
        (b"[]", 1, ""),
        (b'{"text": "a", "command": "b"}\n{"text": "a"}\n', 2, "command"),
        (b'{"command": "b"}', 1, "text"),
        (b'{"text": 3, "command": "b"}', 1, "text"),
        (b'{"text": "a", "command": "b", "phrases": ["x", 1]}', 1, "phrases"),
        (b'{"text": "\\ud800", "command": "b"}', 1, "text"),
        (b'\n{"text": "a"', 2, ""),
        (b'"text"', 1, ""),
        (b'{"text": "a", "command": "b"}\n\xff\n', 2, ""),
        (b'[\n{"prompt": "a", "response": "b"},\n{"prompt": "a"}\n]', 3, "[1].response"),
        (b'[\n{"prompt": "a", "response": "b"}\n{"prompt": "a"}\n]', 3, "[0]"),
        (b'[\n{"prompt": "a", "response": "b"},\n]', 3, "[1]"),
        (b'[\n{"prompt": "a", "response": "b"}', 2, "[0]"),
        (b'[{"prompt": "a", "response": "b"}]\n\nmore', 3, ""),
        (b"[" * 200_000, 1, "[0]"),
    ],
)
def test_bad_files_are_named_with_line_and_field(tmp_path: Path, content: bytes, line: int, field: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(PairFileError) as caught:
        read_rows(path)
    assert (caught.value.file, caught.value.line, caught.value.field) == (str(path), line, field)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl")


def test_the_command_says_by_its_status_what_it_found(tmp_path: Path) -> None:
    train = str(lines(tmp_path / "train.jsonl", TRAIN))
    clean = str(lines(tmp_path / "clean.jsonl", [{"text": "brew me a coffee", "command": "coffee_machine task=brew"}]))
    result = CliRunner().invoke(cli, ["data", "audit", train, train])
    assert result.exit_code == 1
    assert "4 leaked" in result.stdout
    result = CliRunner().invoke(cli, ["data", "audit", train, clean, "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["leaked_rows"] == 0
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}")
    result = CliRunner().invoke(cli, ["data", "audit", train, str(bad)])
    assert isinstance(result.exception, FileError)  # `main` shows it and exits with 2
