import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from scenic_iot.export.bundle import add_scores
from scenic_iot.export.make import export_bundle
from scenic_iot.export.parity import ParityError
from scenic_iot.model.base import Family
from scenic_iot.model.presets import FAMILIES
from scenic_iot.runtime.bundle import LAYOUT, BundleError, load_bundle
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import Trained, train_recipe
from scenic_iot.train.recipe import (
    DataSettings,
    ExportSettings,
    ModelSettings,
    Recipe,
    TokenizerSettings,
    TrainSettings,
)

RECIPE = Recipe(
    "toy",
    about="Made by a test.",
    seed=5,
    data=DataSettings(pairs=60, held_out=20),
    tokenizer=TokenizerSettings(size=400),
    train=TrainSettings(epochs=1, batch=16, evaluations=1),
)


SMALL: dict[Family, dict[str, int]] = {
    "encoder": {"width": 32, "hidden": 32, "layers": 1},
    "decoder": {"width": 32, "hidden": 32, "layers": 1},
    "encoder_decoder": {"width": 32, "hidden": 32, "encoder_layers": 1},
}


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    recipe = replace(RECIPE, model=ModelSettings(request.param, "nano", SMALL[request.param]))
    return train_recipe(recipe, tmp_path_factory.mktemp("work"), Machine(torch.device("cpu")), show=False)


@pytest.fixture(scope="module")
def bundle(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_bundle(trained, tmp_path_factory.mktemp("bundles") / "toy")


def test_what_is_written_can_be_read(bundle: Path, trained: Trained) -> None:
    read = load_bundle(bundle)
    assert read.name == "toy"
    assert read.symbols == trained.symbols.tokens
    assert read.tokenizer.tokens == trained.tokenizer.tokens
    assert read.max_source == 192
    assert read.config["family"] == trained.model.family
    assert sorted(path.name for path in bundle.iterdir()) == sorted([*read.layout.listed(), LAYOUT.config])
    assert [path.name for path in bundle.parent.iterdir()] == ["toy"]


def test_the_configuration_says_how_it_was_made(bundle: Path, trained: Trained) -> None:
    config = json.loads((bundle / LAYOUT.config).read_text())
    assert config["seed"] == 5
    assert config["recipe"]["model"]["overrides"]["width"] == 32
    assert config["model"]["width"] == 32
    assert config["data"] == {"pairs": 60, "sha256": trained.data_digest}
    assert config["precision"] == "int8"
    assert config["scores"]["parity"]["largest logit difference"] <= 1e-4
    assert config["scores"]["int8"]["bytes"] < config["scores"]["int8"]["bytes in float32"]
    assert config["files"][LAYOUT.encoder]["bytes"] == (bundle / LAYOUT.encoder).stat().st_size


def test_the_card_takes_its_figures_from_the_configuration(bundle: Path) -> None:
    config = json.loads((bundle / LAYOUT.config).read_text())
    card = (bundle / LAYOUT.card).read_text()
    for figure in (f"{config['parameters']:,}", f"{config['files'][LAYOUT.encoder]['bytes']:,}", "Made by a test."):
        assert figure in card


def test_scores_can_be_added(bundle: Path) -> None:
    add_scores(bundle, {"anything": {"EM@1": 0.5}})
    read = load_bundle(bundle)
    assert read.config["scores"]["anything"] == {"EM@1": 0.5}
    assert "parity" in read.config["scores"]
    assert "| anything: EM@1 | 0.5 |" in (bundle / LAYOUT.card).read_text()


def test_float32_and_overwriting(trained: Trained, tmp_path: Path) -> None:
    plain = replace(trained, recipe=replace(trained.recipe, export=ExportSettings(int8=False)))
    export_bundle(plain, tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").config["precision"] == "float32"
    export_bundle(trained, tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").config["precision"] == "int8"


def test_what_is_no_bundle_is_not_overwritten(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(BundleError, match="not overwritten"):
        export_bundle(trained, tmp_path)
    with pytest.raises(BundleError, match="is no bundle"):
        add_scores(tmp_path, {})


def test_nothing_is_left_of_a_failure(trained: Trained, tmp_path: Path) -> None:
    strict = replace(trained, recipe=replace(trained.recipe, export=ExportSettings(tolerance=0.0)))
    with pytest.raises(ParityError):
        export_bundle(strict, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []
