"""Learning a file of pairs, each family: it trains, answers, and answers the same from its bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from scenic_iot.export.make import export_bundle
from scenic_iot.model.base import Family
from scenic_iot.model.presets import FAMILIES
from scenic_iot.runtime.bundle import BundleError, load_bundle, writes_text
from scenic_iot.runtime.writer import load_writer
from scenic_iot.train.answer import Answerer
from scenic_iot.train.loop import Machine
from scenic_iot.train.pairs import prepare_pairs, train_pairs
from scenic_iot.train.recipe import (
    ExportSettings,
    ModelSettings,
    PairSettings,
    Recipe,
    TokenizerSettings,
    TrainSettings,
)
from tests.textpairs.homes import pairs

CPU = Machine(torch.device("cpu"))
SMALL: dict[Family, dict[str, int]] = {
    "encoder": {"width": 32, "hidden": 64, "layers": 1},
    "decoder": {"width": 32, "hidden": 64, "layers": 1},
    "encoder_decoder": {"width": 32, "hidden": 64, "encoder_layers": 1},
}


def recipe(family: Family, file: Path, known: bool = False) -> Recipe:
    return Recipe(
        "toy",
        pairs=PairSettings(str(file), held_out=0.1, known=known, augmented=400),
        tokenizer=TokenizerSettings(size=400, min_count=1),
        model=ModelSettings(family, "nano", SMALL[family]),
        train=TrainSettings(samples=4000, batch=32, learning_rate=0.01, dropout=0.0, evaluations=0, ema=0.9),
        export=ExportSettings(int8=False, sentences=20),
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pairs") / "home.json"
    rows = [{"prompt": pair.text, "response": pair.response} for pair in pairs()]
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_learns_and_its_bundle_answers_the_same(family: Family, file: Path, tmp_path: Path) -> None:
    trained = train_pairs(recipe(family, file), tmp_path / "work", CPU, show=False)
    prompts = [pair.text for pair in pairs()]
    answers = Answerer(trained.model, trained.tokenizer, trained.pieces, CPU.device)(prompts)
    right = sum(ranked[0] == pair.response for ranked, pair in zip(answers, pairs(), strict=True))
    assert right > 0.5 * len(prompts)
    bundle = export_bundle(trained, tmp_path / "bundle")
    writer = load_writer(bundle)
    assert [writer(prompt).command for prompt in prompts[:12]] == [ranked[0] for ranked in answers[:12]]
    assert 0 < writer(prompts[0]).confidence <= 1
    assert writes_text(bundle)
    with pytest.raises(BundleError, match="answers with text"):
        load_bundle(bundle)
    assert "Answers a prompt" in (bundle / "README.md").read_text()


def test_only_known_responses_are_given_where_that_is_asked(file: Path, tmp_path: Path) -> None:
    trained = train_pairs(recipe("encoder", file, known=True), tmp_path, CPU, show=False)
    answers = Answerer(trained.model, trained.tokenizer, trained.pieces, CPU.device)(
        ["打开书房灯", "关掉 书房 灯", "abc"]
    )
    known = {pair.response for pair in pairs()}
    assert all(answer in known for ranked in answers for answer in ranked)


def test_rows_kept_from_training_are_not_learned(file: Path, tmp_path: Path) -> None:
    trained = train_pairs(recipe("encoder_decoder", file), tmp_path, CPU, show=False)
    assert len(trained.asked) == round(0.1 * len(pairs()))
    assert 300 < trained.pairs <= 400


def test_everything_made_fits_the_grid_and_no_pairs_are_an_error() -> None:
    settings = PairSettings(augmented=300)
    prepared = prepare_pairs(pairs(), settings, TokenizerSettings(min_count=1), 1)
    assert prepared.grid.slots == 2
    assert 250 < len(prepared.corpus) <= 300
    with pytest.raises(ValueError, match="no pairs"):
        prepare_pairs([], settings, TokenizerSettings(), 1)
