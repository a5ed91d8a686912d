"""What is scored: gold files with their homes, the packaged sets, and a benchmark that must be the frozen one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scenic_iot.bench.instruct import GROUPS, score_sections
from scenic_iot.bench.sets import GoldSet, benchmark_sets, read_sets, written_sets
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.instruct.freeze import HOME, NOTE, digest
from scenic_iot.instruct.frozen import BenchmarkError, check_frozen
from scenic_iot.instruct.withheld import PATTERNS
from scenic_iot.runtime.bundle import load_bundle

CATALOGUE = load_catalogue()


def _frozen(folder: Path) -> Path:
    """A benchmark of three rows, with its note."""
    (folder / HOME).write_text("devices:\n  nattbord: {type: outlet, names: [nattbord]}\n", encoding="utf-8")
    rows = {
        "instruct.jsonl": [
            {"text": "开灯", "command": "light power=on", "kinds": ["bench:pattern", "zh", "easy"]},
            {"text": "nice day", "command": "reject out_of_scope", "kinds": ["bench:refusal", "en", "medium"]},
        ],
        "names.jsonl": [
            {"text": "turn on nattbord", "command": "nattbord power=on", "kinds": ["bench:name", "en", "hard"]}
        ],
    }
    for name, entries in rows.items():
        (folder / name).write_text("\n".join(json.dumps(entry) for entry in entries), encoding="utf-8")
    (folder / PATTERNS.name).write_text("a/1\n", encoding="utf-8")
    (folder / NOTE).write_text(json.dumps({"rows": 3, "sha256": digest(folder)}), encoding="utf-8")
    return folder


def test_sections_have_the_home_of_their_file(tmp_path: Path) -> None:
    sections = benchmark_sets(CATALOGUE, _frozen(tmp_path))
    assert [(part.name, len(part.rows)) for part in sections] == [("pattern", 1), ("refusal", 1), ("name", 1)]
    assert all(part.home is not None for part in sections if part.name == "name")
    assert sections[0].home is None


@pytest.mark.parametrize("name", ["instruct.jsonl", "names.jsonl", HOME, PATTERNS.name])
def test_a_changed_benchmark_is_refused(tmp_path: Path, name: str) -> None:
    path = _frozen(tmp_path) / name
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="changed since"):
        benchmark_sets(CATALOGUE, tmp_path)


@pytest.mark.parametrize("name", [NOTE, "names.jsonl"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (_frozen(tmp_path) / name).unlink()
    with pytest.raises(BenchmarkError, match=rf"{name}.*not frozen") as caught:
        check_frozen(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("note", ["{", "[]", "{}"])
def test_a_note_that_is_none(tmp_path: Path, note: str) -> None:
    (_frozen(tmp_path) / NOTE).write_text(note, encoding="utf-8")
    with pytest.raises(BenchmarkError):
        check_frozen(tmp_path)


def test_a_model_is_scored_by_section_and_group(tmp_path: Path) -> None:
    shown = []
    sections = benchmark_sets(CATALOGUE, _frozen(tmp_path))
    scores = score_sections(load_bundle(None), sections, progress=lambda *told: shown.append(told))
    totals = {score.name: score.em1.total for score in scores}
    assert list(totals) == ["pattern", "refusal", "name", *GROUPS, "all"]
    assert (totals["easy"], totals["en"], totals["all"]) == (1, 2, 3)
    assert scores[-1].em1.hits == 3
    assert shown[-1] == ("rows", 3, 3)


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    row = '{"text": "开灯", "command": "light power=on"}\n'
    for name in ("b.jsonl", "a.zh.jsonl", "note.txt"):
        (tmp_path / name).write_text(row, encoding="utf-8")
    shutil.copy(_frozen(tmp_path) / HOME, tmp_path / "a.home.yaml")
    sets = read_sets([tmp_path / "b.jsonl", tmp_path / "a.zh.jsonl"], CATALOGUE)
    assert [(part.name, part.home is None) for part in sets] == [("b", True), ("a.zh", False)]
    assert [part.name for part in read_sets([tmp_path], CATALOGUE)] == ["a.zh", "b", "instruct", "names"]
    (tmp_path / "nothing").mkdir()
    with pytest.raises(FileNotFoundError, match="no gold files"):
        read_sets([tmp_path / "nothing"], CATALOGUE)


def test_the_written_sets_parse() -> None:
    sets = written_sets(CATALOGUE)
    assert [part.name for part in sets] == ["written.zh", "written.en"]
    assert all(isinstance(part, GoldSet) and len(part.rows) >= 300 for part in sets)
