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
from scenic_iot.bench.paper.begin import Apart, Beginnings
from scenic_iot.bench.paper.data import BENCHMARK, NEAR, TRAINING, PaperData, read_paper
from scenic_iot.bench.paper.plan import Run, plan
from scenic_iot.bench.paper.report import MARK, csv_table, markdown, write_report
from scenic_iot.bench.paper.run import RESULTS, read_results, run_all, score
from scenic_iot.cli import cli
from scenic_iot.home.yamlfile import FileError
from scenic_iot.instruct import generate
from scenic_iot.instruct.similar import grams, likeness
from scenic_iot.model.presets import build, preset
from scenic_iot.text.normalise import normalise
from scenic_iot.textpairs.pair import compared
from scenic_iot.train.loop import Machine
from scenic_iot.train.pairs import prepare_pairs
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
    assert len(plan()) == 3 * 3 * 3 * 2
    assert len({run.key() for run in plan(seeds=2)}) == 108
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
    runs = plan(("a", "c"), ("ours",), ("encoder_decoder",), ("sft", "triplet"), samples=300, starts=("nothing",))
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


def test_what_is_begun_with_is_unlike_the_benchmark() -> None:
    plain = [pair.text for pair in generate.pairs(3, 60, ("zh",))]
    asked = tuple(normalise(text, placeholders=True) for text in plain[:20])
    kept = [grams(normalise(pair.text, placeholders=True)) for pair in Apart(asked)(3, 60)]
    assert 20 < len(kept) <= 40
    assert all(likeness(grams(text), one) < NEAR for text in asked for one in kept)


@pytest.mark.usefixtures("small")
def test_a_begun_run_takes_over_layers_and_tokenizer(
    data: PaperData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned, "_BEGUN", {"pairs": 120, "samples": 120})
    runs = plan(("c",), ("ours",), ("decoder",), ("sft", "triplet"), samples=200, starts=("instruct",))
    results = run_all(runs, data, tmp_path, CPU, {})
    assert [entry["start"] for entry in results.values()] == ["instruct", "instruct"]
    assert "| instruct |" in markdown(results)
    kept = tmp_path / "begun-decoder-1.pt"
    written = kept.stat().st_mtime_ns
    begun = Beginnings(data.benchmark, tmp_path, CPU)(runs[0].beginning())
    assert kept.stat().st_mtime_ns == written  # read, not made again
    prepared = prepare_pairs(data.split("c"), runs[0].pairs(), runs[0].recipe().tokenizer, 1)
    settings = preset("decoder", "nano", len(begun.tokenizer), prepared.grid)
    model = build(settings)
    fresh = {name: value.clone() for name, value in model.state_dict().items()}
    begun.enter(model)
    taken = model.state_dict()
    assert torch.equal(taken["tokens.weight"], begun.weights["tokens.weight"])
    assert torch.equal(taken["symbols.weight"], fresh["symbols.weight"])
    with pytest.raises(ValueError, match="another shape"):
        begun.enter(build(preset("decoder", "tiny", len(begun.tokenizer), prepared.grid)))


@pytest.mark.usefixtures("small")
def test_the_command_line_tells_what_came_out(folder: Path, tmp_path: Path) -> None:
    options = ["--splits", "c", "--sizes", "ours", "--families", "encoder", "--objectives", "sft", "--samples", "64"]
    options += ["--starts", "nothing"]
    arguments = ["bench", "paper", "--data", str(folder), "--out", str(tmp_path), "--device", "cpu", *options]
    result = CliRunner().invoke(cli, [*arguments, "--misses"], catch_exceptions=False)
    assert "(c) encoder ours sft seed 1: EM@1" in result.output
    assert len(read_results(tmp_path / RESULTS)) == 1
    (tmp_path / RESULTS).write_text("[]")
    with pytest.raises(FileError, match="no results"):
        CliRunner().invoke(cli, arguments, catch_exceptions=False)
