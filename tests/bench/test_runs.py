import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from scenic_iot.bench import runs
from scenic_iot.bench.contrastive import OBJECTIVES, Row, compare
from scenic_iot.bench.contrastive import recipes as contrastive_recipes
from scenic_iot.bench.contrastive_write import markdown
from scenic_iot.bench.contrastive_write import write as write_contrastive
from scenic_iot.bench.gold import Gold
from scenic_iot.bench.paired import Difference, bootstrap, mcnemar
from scenic_iot.bench.runs import BENCHMARK, Plan
from scenic_iot.bench.select import Candidate, base_recipe, front, recipes, select
from scenic_iot.bench.select_write import text_table, write
from scenic_iot.bench.sets import GoldSet
from scenic_iot.cli import cli
from scenic_iot.train.recipe import ExportSettings, ModelSettings, Recipe, TokenizerSettings

ROWS = (
    Gold("turn on the fan", "fan power=on", ("fan power=on",), True, ()),
    Gold("what's the weather", "reject out_of_scope", ("reject out_of_scope",), True, ()),
)
SETS = [GoldSet("benchmark:pattern", ROWS), GoldSet("benchmark:refusal", ROWS[1:]), GoldSet("written.en", ROWS[:1])]


@pytest.fixture
def base() -> Recipe:
    small = base_recipe(pairs=120, samples=60, batch=20)
    data, tokenizer = replace(small.data, held_out=80, languages=("en",)), TokenizerSettings(size=300)
    model = ModelSettings("encoder_decoder", "nano", {"width": 16, "hidden": 16, "heads": 2})
    return replace(small, data=data, tokenizer=tokenizer, model=model, export=ExportSettings(sentences=3))


@pytest.fixture(autouse=True)
def few_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "gold_sets", lambda bundle, gold: SETS)
    monkeypatch.setattr(runs.os, "cpu_count", lambda: 1)  # more threads are slower for models this small


def test_a_sweep_is_run_once_and_reported(base: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(recipes(base, ("encoder", "encoder_decoder"), ("nano",), ("cross_entropy",)), tmp_path, device="cpu")
    assert select(plan, minutes=0) == []
    made = select(plan, minutes=10)
    assert {c.name for c in made} == {"encoder-nano-cross_entropy", "encoder_decoder-nano-cross_entropy"}
    assert [c.em1 for c in made] == sorted((c.em1 for c in made), reverse=True)
    assert all(c.rates["benchmark"]["EM@1"].total == 3 for c in made)  # two sections together
    assert all(c.milliseconds["greedy"] > 0 for c in made)
    monkeypatch.setattr(runs, "perform", lambda job: pytest.fail("a finished run was repeated"))
    assert [c.result for c in select(plan, minutes=10)] == [c.result for c in made]
    names = [path.name for path in write(made, tmp_path)]
    assert names == ["select.md", "select.csv", "select.json", "select.png"]
    assert (tmp_path / "select.csv").read_text().count("\n") == 1 + 2 * 4
    assert json.loads((tmp_path / "select.json").read_text())[0]["bytes"] == made[0].result["bytes"]
    assert "written.en" in text_table(made)


def test_objectives_are_compared_on_the_same_sentences(base: Recipe, tmp_path: Path) -> None:
    plan = Plan(contrastive_recipes(base, ("encoder_decoder",), 1), tmp_path, device="cpu")
    assert len({recipe.name for recipe in plan.recipes}) == 3
    results, rows = compare(plan)
    assert [row.objective for row in rows if row.set == "benchmark"] == list(OBJECTIVES)
    for row in rows:
        if row.objective == "cross_entropy":
            assert (row.gains, row.mcnemar) == ({}, ())
        else:
            assert len(row.mcnemar) == 1
            assert row.gains["EM@1"].low <= row.gains["EM@1"].mean <= row.gains["EM@1"].high
    assert all(0 <= result["retrieval"]["precision at 1"] <= 1 for result in results)
    report = markdown(results, rows)
    assert "| encoder_decoder | triplet | 1 |" in report
    assert "- encoder_decoder, triplet: " in report
    paths = write_contrastive(plan, results, rows)
    assert paths[2].read_bytes().startswith(b"\x89PNG")


def test_the_report_says_whether_an_objective_helps() -> None:
    gains = {"helps": (0.01, 0.03), "costs": (-0.03, -0.01), "makes no difference": (-0.01, 0.01)}
    for verdict, (low, high) in gains.items():
        row = Row("encoder", "triplet", BENCHMARK, 9, {}, {"EM@1": Difference(0.0, low, high, 0.5)}, ())
        result = {"family": "encoder", "objective": "triplet", "pairs": 1, "samples": 1, "preset": "nano"}
        assert f"- encoder, triplet: {verdict}" in markdown([result | {"retrieval": {"precision at 1": 0.5}}], [row])


def test_a_pareto_front_holds_what_nothing_cheaper_beats() -> None:
    def candidate(cost: int, hits: int) -> Candidate:
        from scenic_iot.bench.metrics import Rate

        return Candidate({"bytes": cost, "name": f"{cost}"}, {"benchmark": {"EM@1": Rate(hits, 10)}}, {})

    made = [candidate(3, 8), candidate(1, 5), candidate(2, 5), candidate(4, 7), candidate(1, 4), candidate(9, 9)]
    assert [c.name for c in front(made, lambda c: float(c.result["bytes"]))] == ["1", "3", "9"]


def test_paired_tests_see_a_difference_and_none() -> None:
    rng = np.random.default_rng(0)
    first = rng.random((3, 500)) < 0.7
    better = first | (rng.random((3, 500)) < 0.3)
    found = bootstrap(first, better)
    assert 0 < found.low < found.mean < found.high
    assert found.p < 0.01
    same = bootstrap(first, first[:, ::-1])
    assert same.low < 0 < same.high
    assert same.p > 0.05
    assert mcnemar(first[0], first[0]) == 1
    # 1 against 5: 2 * (1 + 6) / 2^6
    assert mcnemar(np.array([1, 0, 0, 0, 0, 0, 1], bool), np.array([0, 1, 1, 1, 1, 1, 1], bool)) == pytest.approx(
        14 / 64
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--families", "encoder,rnn"], "no 'rnn'; there are encoder"),
        (["--presets", "giant"], "no 'giant'"),
        (["--objectives", "mse"], "no 'mse'"),
    ],
)
def test_unknown_names_are_told(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(cli, ["select", *arguments])
    assert done.exit_code == 2
    assert message in done.output
