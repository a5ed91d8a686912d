"""The frozen benchmark: that it is the frozen one, what it holds, and that training cannot have seen it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scenic_iot.command.parse import parse
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import load_home
from scenic_iot.instruct.audit import audit
from scenic_iot.instruct.freeze import HOME, NOTE, SECTIONS, describe, digest
from scenic_iot.instruct.generate import pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.pairfile import Row, read_rows
from scenic_iot.instruct.withheld import FOLDER, ROWS, packaged

NEAR_IN_CI = 0.9
"""Rows are at most 0.8 alike to the sample of the day when they were frozen; a later lexicon may come nearer."""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for name in ROWS for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def test_it_is_the_frozen_one(rows: list[dict[str, Any]]) -> None:
    note = json.loads((FOLDER / NOTE).read_text(encoding="utf-8"))
    assert digest() == note["sha256"]
    assert describe(rows).items() <= note.items()


def test_every_section_is_whole_in_both_languages(rows: list[dict[str, Any]]) -> None:
    assert len(rows) >= 4000
    counted = Counter((row["language"], row["kinds"][0]) for row in rows)
    expected = {(lang, f"bench:{name}"): section.rows for lang in ("zh", "en") for name, section in SECTIONS.items()}
    assert counted == expected


def test_every_command_stands_in_its_home(rows: list[dict[str, Any]]) -> None:
    home = load_home(FOLDER / HOME)
    for row in rows:
        named = row["kinds"][0] == "bench:name"
        assert str(parse(row["command"], load_catalogue(), home if named else None)) == row["command"]
        assert row["command"].startswith("reject") == (row["kinds"][0] in ("bench:refusal", "bench:harm"))


def test_a_digest_sees_every_change(tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert digest(tmp_path) == digest()
    with (tmp_path / ROWS[0]).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert digest(tmp_path) != digest()


def test_training_pairs_do_not_leak_into_it() -> None:
    train = [
        Row(pair.text, pair.command, "command", number, phrases=pair.phrases)
        for number, pair in enumerate(pairs(20, 15_000, mix=Mix(name=0.0)), 1)
    ]
    test = read_rows(FOLDER / ROWS[0])
    found = audit(train, test, NEAR_IN_CI)
    assert not found.leaks, "\n".join(found.lines())
    assert found.patterns_compared


def test_the_audit_would_find_a_leak() -> None:
    test = read_rows(FOLDER / ROWS[0])
    pattern = sorted(packaged().patterns)[0]
    leaked = [test[0], Row("something else altogether", "light power=on", "command", 2, phrases=(pattern,))]
    found = audit(leaked, test, NEAR_IN_CI)
    assert found.exact.count == 1
    assert found.leaks
