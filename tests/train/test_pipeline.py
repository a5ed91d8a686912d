from dataclasses import replace
from pathlib import Path

import pytest
import torch

from scenic_iot.train import pipeline
from scenic_iot.train.checkpoint import CheckpointError
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import prepare, train_recipe
from scenic_iot.train.recipe import DataSettings, ModelSettings, Recipe, TokenizerSettings, TrainSettings

from .toy import toy_pairs

RECIPE = Recipe(
    "toy",
    seed=5,
    data=DataSettings(pairs=400, held_out=60),
    tokenizer=TokenizerSettings(size=200),
    model=ModelSettings("encoder_decoder", "nano", {"width": 32, "hidden": 32, "encoder_layers": 1}),
    train=TrainSettings(epochs=4, batch=32, learning_rate=0.01, evaluations=1),
)
MACHINE = Machine(torch.device("cpu"))


def test_a_recipe_is_followed_and_taken_up_again(tmp_path: Path) -> None:
    trained = train_recipe(RECIPE, tmp_path, MACHINE, source=toy_pairs, show=False)
    assert trained.summary.steps == pytest.approx(4 * 400 / 32, abs=12)  # classes of length end in smaller batches
    assert trained.summary.exact is not None
    assert len(trained.held_out) == 60
    assert not trained.model.training
    again = train_recipe(RECIPE, tmp_path, MACHINE, source=toy_pairs, show=False)
    assert again.data_digest == trained.data_digest
    state = trained.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.model.state_dict().items())
    other = replace(RECIPE, train=replace(RECIPE.train, learning_rate=0.5))
    with pytest.raises(CheckpointError):
        train_recipe(other, tmp_path, MACHINE, source=toy_pairs, show=False)


def test_generated_pairs_are_kept_for_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_digest", lambda: "the lexicon as it is")
    recipe = replace(RECIPE, data=DataSettings(pairs=40, held_out=10))
    corpus, held_out = prepare(recipe, tmp_path)
    assert (len(corpus), len(held_out)) == (40, 10)
    made = (tmp_path / "corpus.npz").stat().st_mtime_ns
    assert prepare(recipe, tmp_path)[0].digest() == corpus.digest()
    assert (tmp_path / "corpus.npz").stat().st_mtime_ns == made
    changed, _ = prepare(replace(recipe, seed=6), tmp_path)
    assert changed.digest() != corpus.digest()
    monkeypatch.setattr(pipeline, "code_digest", lambda: "another lexicon")
    made = (tmp_path / "corpus.npz").stat().st_mtime_ns
    prepare(replace(recipe, seed=6), tmp_path)
    assert (tmp_path / "corpus.npz").stat().st_mtime_ns > made


def test_without_held_out_pairs(tmp_path: Path) -> None:
    recipe = replace(
        RECIPE,
        data=DataSettings(pairs=40, held_out=0),
        train=TrainSettings(epochs=1, batch=16, ema=0.0, bpe_dropout=0.0),
    )
    trained = train_recipe(recipe, tmp_path, MACHINE, source=toy_pairs, show=False)
    assert trained.summary.exact is None
    assert len(trained.held_out) == 40
