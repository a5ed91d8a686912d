"""A bundle is calibrated on pairs of the toy language, and refuses what it is not sure of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenic_iot.bench.calibration import examine, reliability
from scenic_iot.bench.calibration_write import text_table, write
from scenic_iot.bench.gold import Gold
from scenic_iot.bench.sets import GoldSet
from scenic_iot.export import calibrate as module
from scenic_iot.export.bundle import add_scores
from scenic_iot.export.calibrate import calibrate, fit_logistic
from scenic_iot.export.make import export_bundle
from scenic_iot.instruct.generate import Pair
from scenic_iot.runtime.bundle import BundleError, load_bundle
from scenic_iot.runtime.calibration import Calibration
from scenic_iot.runtime.pipeline import Interpreter
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import train_recipe
from scenic_iot.train.recipe import ExportSettings, ModelSettings
from tests.train.toy import toy_pairs

from .test_bundle import SMALL
from .test_commands import RECIPE

NOISE = ("zzz light qq", "fan tv light off on", "the the turn")


def pairs_of(seed: int, count: int) -> Iterator[Pair]:
    """Pairs of the toy language, every fifth one noise that is to be refused."""
    for index, pair in enumerate(pair for pair in toy_pairs(seed, 2 * count) if "#" not in pair.command):
        if index == count:
            return
        noise = index % 5 == 4
        text, command = (NOISE[index % 3], "reject out_of_scope") if noise else (pair.text, pair.command)
        yield Pair(text, command, "en", "easy", ("reject:harm",) if noise else (), ())


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = ModelSettings("encoder_decoder", "nano", SMALL["encoder_decoder"])
    recipe = replace(
        RECIPE, data=replace(RECIPE.data, held_out=60), model=model, export=ExportSettings(int8=False, sentences=20)
    )
    folder = tmp_path_factory.mktemp("toy")
    machine = Machine.detect("cpu", threads=1)
    return export_bundle(train_recipe(recipe, folder, machine, source=toy_pairs, show=False), folder / "bundle")


def test_a_bundle_learns_how_sure_it_is(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "pairs", lambda seed, count, mix: pairs_of(seed, count))
    bare = Interpreter(load_bundle(bundle))
    assert bare.calibration is None
    found = calibrate(bundle, 300, caution=3.0)
    assert found["weights"]["logit"] > 0
    assert found["threshold"] == pytest.approx(0.75)  # one wrong deed for three wrong refusals
    assert found["harmful"] == pytest.approx(0.98)
    read = load_bundle(bundle)
    assert read.config["calibration"] == found
    assert read.config["files"]["space.npz"]["bytes"] < 100_000
    interpreter = Interpreter(read)
    gold = [Gold(pair.text, pair.command, (pair.command,), True, ()) for pair in pairs_of(77, 200)]
    report = examine(bundle, [GoldSet("toy", tuple(gold))])
    calibration = interpreter.calibration
    assert calibration is not None
    chances = {row.text: calibration.chance(reading) for row in gold if (reading := bare.read(row.text))}
    assert np.mean([chance for text, chance in chances.items() if text not in NOISE]) > 0.9
    assert report.after.score.em1.hits > report.before.score.em1.hits  # noise was taken for commands
    assert len(report.curve) == 101
    assert "after" in text_table(report)
    assert json.loads(write(report, bundle.parent / "report")[1].read_text())["rows"] == 200
    assert interpreter("turn on the kitchen light").command == "light@kitchen power=on"
    add_scores(bundle, {"toy": {"EM@1": 1.0}})
    assert Calibration.of(load_bundle(bundle)) is not None  # the space is kept


def test_without_calibration_there_is_nothing_to_examine(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle"):
        calibrate(tmp_path, 10)


def test_the_logistic_fit_finds_the_weights() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 3))
    right = rng.random(20_000) < 1 / (1 + np.exp(-(0.5 + x @ np.array([2.0, -1.0, 0.0]))))
    assert fit_logistic(x, right) == pytest.approx((0.5, 2.0, -1.0, 0.0), abs=0.1)
    assert all(np.isfinite(fit_logistic(x, np.ones(20_000, dtype=bool))))  # nothing was ever wrong


def test_calibration_error_by_hand() -> None:
    bins, error = reliability(np.array([0.95, 0.97, 0.1]), np.array([1.0, 0.0, 0.0]))
    assert [(entry.rows, entry.accuracy) for entry in bins] == [(1, 0.0), (2, 0.5)]
    assert error == pytest.approx((0.1 + 2 * 0.46) / 3)
