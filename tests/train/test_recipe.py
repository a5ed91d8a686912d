from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from scenic_iot.train.recipe import (
    DataSettings,
    ExportSettings,
    ModelSettings,
    Recipe,
    RecipeError,
    TokenizerSettings,
    TrainSettings,
    read_recipe,
)

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))

GOOD = """\
name: small
about: "A test."
seed: 7
data:
  pairs: 1_000
  languages: [zh]
  mix: {zh: 1.0, actions: [1, 0, 0, 0, 0]}
tokenizer: {mode: character}
model:
  preset: tiny
  overrides: {hidden: 100, activation: gelu}
train: {epochs: 2.5, batch: 100, schedule: linear, objective: triplet, alpha: 0.2}
export: {int8: false}
"""


def read(folder: Path, text: str) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return read_recipe(path)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    recipe = read(tmp_path, GOOD)
    assert (recipe.name, recipe.seed, recipe.data.pairs, recipe.data.languages) == ("small", 7, 1000, ("zh",))
    assert recipe.data.mix.zh == 1.0
    assert recipe.data.mix.actions == (1, 0, 0, 0, 0)
    assert recipe.tokenizer == TokenizerSettings(mode="character")
    assert recipe.model.overrides == {"hidden": 100, "activation": "gelu"}
    assert recipe.train.schedule == "linear"
    assert (recipe.train.objective, recipe.train.alpha) == ("triplet", 0.2)
    assert not recipe.export.int8
    assert recipe.to_json()["train"]["epochs"] == 2.5


def test_everything_but_the_name_has_a_default(tmp_path: Path) -> None:
    assert read(tmp_path, "name: x") == Recipe("x")


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("name: small", "nmae: small", 1, "nmae", "did you mean 'name'"),
        ("name: small\n", "", 1, "", "'name' is missing"),
        ("pairs: 1_000", "pairs: many", 5, "data.pairs", "expected a number"),
        ("pairs: 1_000", "pairs: 0.5", 5, "data.pairs", "whole number"),
        ("pairs: 1_000", "pairs: 0", 5, "data.pairs", "less than 1"),
        ("languages: [zh]", "languages: zh", 6, "data.languages", "expected a list"),
        ("mode: character", "mode: letters", 8, "tokenizer.mode", "none of subword, character"),
        ("preset: tiny", "preset: huge", 9, "model", "no preset 'huge'"),
        ("hidden: 100", "hiden: 100", 9, "model", "no field 'hiden'"),
        ("batch: 100", "batch: 100, dropout: 1.5", 12, "train.dropout", "not less than 1"),
        ("batch: 100", "batch: 100, batch: 5", 12, "train.batch", "given twice"),
        ("int8: false", "int8: 3", 13, "export.int8", "expected true or false"),
        ("export:", "exports:", 13, "exports", "unknown field"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str, message: str
) -> None:
    assert old in GOOD
    with pytest.raises(RecipeError, match=message) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert caught.value.file.endswith("recipe.yaml")
    assert caught.value.field == field
    assert caught.value.line in (line, line + 1) if field == "model" else caught.value.line == line


def test_steps() -> None:
    assert TrainSettings(epochs=2.5).steps(1000, 10) == 25
    assert TrainSettings(samples=500).steps(1000, 10) == 5
    assert TrainSettings(epochs=0).steps(1000, 10) == 1


@pytest.mark.parametrize(
    "kind", [Recipe, DataSettings, TokenizerSettings, ModelSettings, TrainSettings, ExportSettings]
)
def test_every_field_is_documented(kind: type) -> None:
    assert is_dataclass(kind)
    assert all(item.metadata["help"] for item in fields(kind))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipes_can_be_read(path: Path) -> None:
    assert read_recipe(path).name


def test_a_checkpoint_stands_for_family_and_sizes(tmp_path: Path) -> None:
    model = read(tmp_path, "name: x\nmodel: {init: some/folder, overrides: {slot_layers: 2}}").model
    assert (model.init, model.overrides) == ("some/folder", {"slot_layers": 2})
    with pytest.raises(RecipeError, match="no field 'slot_layers'"):
        read(tmp_path, "name: x\nmodel: {family: decoder, overrides: {slot_layers: 2}}")
    with pytest.raises(RecipeError, match="none of encoder, decoder, encoder_decoder"):
        read(tmp_path, "name: x\nmodel: {family: encode}")
