"""The paper's benchmark, on made-up files in its format."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from scenic_iot.bench.paper import plan as planned
from scenic_iot.bench.paper.data import BENCHMARK, TRAINING, PaperData, read_paper
from scenic_iot.bench.paper.plan import Run, plan
from scenic_iot.bench.paper.report import MARK, csv_table, markdown, write_report
from scenic_iot.bench.paper.run import RESULTS, read_results, run_all, score
from scenic_iot.cli import cli
from scenic_iot.home.yamlfile import FileError
from scenic_iot.text.normalise import normalise
from scenic_iot.textpairs.pair import compared
from scenic_iot.train.loop import Machine
from scenic_iot.train.recipe import PairSettings
from tests.textpairs.homes import pairs

CPU = Machine(torch.device("cpu"))
ASKED = (0, 21, 40, 43)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("paper")
    rows: list[dict[str, Any]] = [{"prompt": pair.text, "response": pair.response} for pair in pairs()]
    (made / TRAINING).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    asked = [{"id": f"q{i}", "difficulty": "easy" if i < 30 else "hard", **rows[i]} for i in ASKED]
    (made / BENCHMARK).write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def data(folder: Path) -> PaperData:
    return read_paper(folder)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "_PRESETS", {"ours": "nano", "paper": "nano"})
    monkeypatch.setattr(planned, "_PAIRS", {split: PairSettings(augmented=200) for split in "abc"})


def test_the_splits_leave_out_more_and_more(data: PaperData) -> None:
    texts = {normalise(question.text) for question in data.benchmark}
    responses = {compared(question.response) for question in data.benchmark}
    a, b, c = (data.split(name) for name in "abc")
    assert len(a) == len(pairs())
    assert texts <= {normalise(pair.text) for pair in a}
    assert not texts & {normalise(pair.text) for pair in b}
    assert 0 < len(b) < len(a)
    assert not responses & {compared(pair.response) for pair in c}
    assert 0 < len(c) < len(a)
    with pytest.raises(ValueError, match="no split"):
        data.split("d")


def test_a_missing_file_and_a_row_without_difficulty_are_one_line(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_paper(tmp_path)
    (tmp_path / TRAINING).write_bytes((folder / TRAINING).read_bytes())
    (tmp_path / BENCHMARK).write_text('[{"id": "x", "prompt": "a", "response": "b"}]')
    with pytest.raises(FileError, match="difficulty"):
        read_paper(tmp_path)


def test_the_plan_has_every_combination_and_knows_its_names() -> None:
    assert len(plan()) == 3 * 2 * 3 * 2
    assert len({run.key() for run in plan(seeds=2)}) == 72
    with pytest.raises(ValueError, match="no family 'gpt'"):
        plan(families=("gpt",))


def test_ours_has_fewer_than_two_million_parameters_and_the_paper_its_own() -> None:
    recipes = {run.size: run.recipe() for run in plan(splits=("c",))}
    assert recipes["ours"].model.preset == "small"
    assert recipes["paper"].model.preset == "paper"


def test_scores_are_counted_by_difficulty(data: PaperData) -> None:
    right = [question.response for question in data.benchmark]
    answers = [[right[0]], ["好的。", right[1]], [], [right[3].replace("，", " , ")]]
    found = score(data.benchmark, answers)
    assert found["scores"]["all"]["EM@1"]["hits"] == 2
    assert found["scores"]["all"]["EM@5"]["hits"] == 3
    assert found["scores"]["easy"]["EM@1"]["total"] == 2
    assert found["misses"] == ["q21", "q40"]


@pytest.mark.usefixtures("small")
def test_runs_are_done_once_and_hold_no_text_of_the_files(data: PaperData, tmp_path: Path) -> None:
    runs = plan(("a", "c"), ("ours",), ("encoder_decoder",), ("sft", "triplet"), samples=300)
    done: list[Run] = []
    results = run_all(runs[:3], data, tmp_path, CPU, {}, finished=lambda run, _: done.append(run))
    again = run_all(runs, data, tmp_path, CPU, read_results(tmp_path / RESULTS), finished=lambda r, _: done.append(r))
    assert done == runs
    assert list(again)[:3] == list(results)
    write_report(again, tmp_path)
    written = "".join(path.read_text(errors="replace") for path in tmp_path.iterdir() if path.suffix != ".png")
    assert not any(question.text in written for question in data.benchmark)
    for line in markdown(again).splitlines():
        assert (MARK in line) == line.startswith("| a") or "CONTAMINATED:" in line
    rows = list(csv.DictReader(csv_table(again).splitlines()))
    assert {row["contaminated"] for row in rows if row["split"] == "a"} == {"True"}
    assert (tmp_path / "paper.png").stat().st_size > 5000


@pytest.mark.usefixtures("small")
def test_the_command_line_tells_what_came_out(folder: Path, tmp_path: Path) -> None:
    options = ["--splits", "c", "--sizes", "ours", "--families", "encoder", "--objectives", "sft", "--samples", "64"]
    arguments = ["bench", "paper", "--data", str(folder), "--out", str(tmp_path), "--device", "cpu", *options]
    result = CliRunner().invoke(cli, [*arguments, "--misses"], catch_exceptions=False)
    assert "(c) encoder ours sft seed 1: EM@1" in result.output
    assert len(read_results(tmp_path / RESULTS)) == 1
    (tmp_path / RESULTS).write_text("[]")
    with pytest.raises(FileError, match="no results"):
        CliRunner().invoke(cli, arguments, catch_exceptions=False)
