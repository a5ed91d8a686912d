"""Cells of a small subject that writes responses, made here."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer

import pytest
import torch

from scenic_iot.bench.compression import cell, subject, sweep
from scenic_iot.bench.compression.cell import Bench, read_cell, run_cell, write_cell
from scenic_iot.bench.compression.plan import Variant
from scenic_iot.bench.compression.subject import Commands, Paper
from scenic_iot.bench.compression.sweep import Settings, paper_recipe
from scenic_iot.bench.compression.write import text_table
from scenic_iot.bench.paper.data import BENCHMARK, TRAINING, read_paper
from scenic_iot.bench.sets import GoldSet
from scenic_iot.export.parity import Parity
from scenic_iot.export.precision import PRECISIONS
from scenic_iot.instruct.pairfile import silent
from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.train.loop import Machine
from scenic_iot.train.pairs import prepare_pairs, train_prepared
from scenic_iot.train.recipe import PairSettings, TokenizerSettings, TrainSettings

ROOMS, DEVICES, VERBS = ("客厅", "卧室", "厨房", "书房", "浴室"), ("灯", "风扇", "电视", "空调"), ("打开", "关闭")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("paper")
    rows = [
        {"prompt": f"{verb}{room}的{device}", "response": f"好的，已{verb}{room}{device}。"}
        for room, device, verb in itertools.product(ROOMS, DEVICES, VERBS)
    ]
    (folder / TRAINING).write_text(json.dumps(rows))
    asked = [row | {"id": str(i), "difficulty": "easy"} for i, row in enumerate(rows[::3])]
    (folder / BENCHMARK).write_text(json.dumps(asked))
    train = TrainSettings(
        samples=6000, batch=32, learning_rate=0.01, warmup=20, ema=0.9, evaluations=0, bpe_dropout=0.0
    )
    recipe = paper_recipe()
    shape = {"width": 32, "heads": 2, "hidden": 32, "encoder_layers": 2}
    model = replace(recipe.model, preset="nano", overrides=shape)
    recipe = replace(recipe, pairs=PairSettings(augmented=300), tokenizer=TokenizerSettings(size=300, min_count=1))
    recipe = replace(recipe, model=model, train=train)
    prepared = prepare_pairs(read_paper(folder).training, recipe.pairs, recipe.tokenizer, 1)
    machine = Machine(torch.device("cpu"))
    trained, _ = train_prepared(prepared, recipe, folder / "work", machine, show=False)
    return Bench.of(Paper("paper", recipe, trained.eval(), prepared, folder), machine, 960, 60)


def test_a_dense_model_in_every_precision(bench: Bench, tmp_path: Path) -> None:
    rows = run_cell(bench, Variant("dense", precisions=PRECISIONS), tmp_path)
    assert [row["precision"] for row in rows] == list(PRECISIONS)
    assert not any("error" in row for row in rows)
    for row in rows:
        assert row["scores"]["paper, decontaminated"]["EM@1"]["rate"] > 0.8
        assert row["logit difference"] < 1e-4
        assert row["beams in order"] == 1
        assert row["bytes"] == sum(row["files"].values()) == sum(row["kinds"].values())
        assert row["packed"] < row["bytes"]
    assert rows[2]["bytes"] < rows[1]["bytes"] < rows[0]["bytes"]


def test_a_pruned_model(bench: Bench, tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in bench.subject.model.state_dict().items()}
    full, small = run_cell(bench, Variant("gradient", 50, "cubic"), tmp_path)
    assert full["zeros of targeted"] == small["zeros of targeted"] == pytest.approx(0.5, abs=0.002)
    assert small["scores"]["paper, decontaminated"]["EM@1"]["rate"] > 0.8
    assert small["packed"] < 0.8 * small["bytes"]
    assert full["steps"] == bench.lessons.steps
    assert all(torch.equal(before[name], value) for name, value in bench.subject.model.state_dict().items())
    bundle = bench.subject.bundle(tmp_path / small["name"])
    assert bench.subject.answerer(bundle)("打开客厅的灯")[0].startswith("好的，")


def test_a_smaller_model(bench: Bench, tmp_path: Path) -> None:
    (row,) = run_cell(bench, Variant("shrink layers, neurons", 0, "distilled", ("int8",)), tmp_path)
    assert row["parameters"] < bench.subject.model.size()
    assert "error" not in row


def test_parity_comes_before_any_other_figure(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell, "check_parity", lambda *_: Parity(1, 0.5, 1.0))
    (row,) = run_cell(bench, Variant("dense", precisions=("int8",)), tmp_path)
    assert "differ" in row["error"]
    assert not {"scores", "bytes", "packed"} & row.keys()


def test_what_cannot_be_pruned_is_said(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("50 inputs are no multiple of 4")

    monkeypatch.setattr(cell, "compress", fails)
    rows = run_cell(bench, Variant("2:4", 50, "one-shot"), tmp_path)
    assert [row["error"] for row in rows] == ["50 inputs are no multiple of 4"] * 2


def test_cells_are_taken_up_again_and_only_for_the_same_settings(tmp_path: Path) -> None:
    path = tmp_path / "cells" / "a.json"
    assert read_cell(path, "k") is None
    write_cell(path, "k", [{"bytes": 1}])
    assert read_cell(path, "k") == [{"bytes": 1}]
    assert read_cell(path, "other") is None
    path.write_text("{")
    assert read_cell(path, "k") is None
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"text": "a", "command": "b"}\n')
    keys = [Settings(tmp_path, gold=(gold,), samples=n).key(paper_recipe(), Variant("dense")) for n in (1, 1, 2)]
    gold.write_text('{"text": "a", "command": "c"}\n')
    keys.append(Settings(tmp_path, gold=(gold,), samples=1).key(paper_recipe(), Variant("dense")))
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_commands_are_scored_on_the_benchmark_and_on_gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = tmp_path / "mine.en.jsonl"
    gold.write_text('{"text": "turn off the fan", "command": "fan power=off"}\n')
    monkeypatch.setattr(subject, "written_sets", lambda catalogue: [GoldSet("written", ())])
    scored = Commands("c", paper_recipe(), None, None, tmp_path, (gold,), 40).score(load_bundle())  # type: ignore[arg-type]
    assert list(scored.rates) == ["benchmark", "written", "mine.en"]
    assert scored.rates["mine.en"]["EM@1"]["rate"] == 1
    assert 30 <= scored.rates["benchmark"]["EM@1"]["total"] <= 60
    assert len(scored.tops) == scored.rates["benchmark"]["EM@1"]["total"] + 1


def test_a_cell_that_breaks_down_says_why_and_costs_the_others_nothing() -> None:
    broken: Future[list[cell.Row]] = Future()
    broken.set_exception(RuntimeError("no memory left"))
    rows = sweep._rows(broken, "paper", Variant("control"), paper_recipe(), "cpu")
    assert [row["error"] for row in rows] == ["RuntimeError: no memory left"] * 2
    assert "control" in text_table(rows)


def test_after_the_last_minute_nothing_is_begun() -> None:
    release = Event()
    with ThreadPoolExecutor(1) as pool:
        running, waiting = pool.submit(release.wait), pool.submit(release.wait)
        Timer(0.2, release.set).start()
        sweep._watch(lambda stage, done, total: None, "variants", [running, waiting], deadline=0.0)
    assert running.result()
    assert waiting.cancelled()


def test_a_sweep_is_taken_up_again_from_its_cells_alone(tmp_path: Path) -> None:
    """Nothing is generated or trained, nor is any process needed, where every cell is there."""
    settings = Settings(tmp_path, paper=tmp_path, only=("control-0-none",))
    key, rate = settings.key(paper_recipe(), Variant("control")), {"hits": 1, "total": 2}
    row = {"subject": "paper", "method": "control", "sparsity": 0, "schedule": "none", "precision": "fp32"}
    scores = {"paper, decontaminated": {"EM@1": rate, "EM@5": rate}}
    kept = row | {"bytes": 1, "tops": [], "packed": 1, "scores": scores, "name": "control-0-none-fp32"}
    write_cell(tmp_path / "paper" / "cells" / "control-0-none.json", key, [kept])
    assert sweep.sweep([], settings, silent) == [kept]
    more = replace(settings, only=("control-0-none", "dense-0-none"), minutes=0)
    assert sweep.sweep([], more, silent) == [kept]  # there is no time for the other one
