"""`scenic compress` and `scenic profile`: what goes wrong is one clear line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenic_iot.cli import cli
from scenic_iot.cli.errors import UsageError
from scenic_iot.runtime.bundle import PACKAGED

RECIPES = Path(__file__).parents[2] / "recipes" / "compression"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_help_names_everything() -> None:
    assert {"report", "pack"} <= set(run("compress", "--help").split())
    assert {"core", "sparse", "tensorrt"} <= set(run("profile", "--help").split())


def test_the_recipes_are_of_all_families_and_one_kind_of_data() -> None:
    from scenic_iot.train.recipe import read_recipe

    recipes = [read_recipe(path) for path in sorted(RECIPES.glob("*.yaml"))]
    assert {recipe.model.family for recipe in recipes} == {"encoder", "decoder", "encoder_decoder"}
    assert all((recipe.data, recipe.seed, recipe.train) == (recipes[0].data, 1, recipes[0].train) for recipe in recipes)


def test_core(tmp_path: Path) -> None:
    table = run("profile", "core", str(PACKAGED), "--length", "6", "--json", str(tmp_path / "times.json"))
    assert "encoder, ms" in table
    assert json.loads((tmp_path / "times.json").read_text())[str(PACKAGED)]["encoder"] > 0


def test_no_trtexec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="trtexec is not installed"):
        run("profile", "tensorrt", str(PACKAGED))


def test_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UsageError, match="there is no GPU here"):
        run("profile", "sparse")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("encoder.yaml", "encoder.yaml"), "two of the recipes have one name"),
        (("encoder.yaml", "--only", "everything"), "no variant 'everything'"),
    ],
)
def test_reports_that_cannot_be(arguments: tuple[str, ...], message: str) -> None:
    first = [str(RECIPES / name) if name.endswith(".yaml") else name for name in arguments]
    with pytest.raises(UsageError, match=message):
        run("compress", "report", *first)


@pytest.mark.parametrize("family", ["no-such", "encoder"])
def test_families_and_sizes_that_there_are_not(family: str) -> None:
    with pytest.raises(UsageError, match="no family" if family == "no-such" else "no preset"):
        run("profile", "sparse", "--device", "cpu", "--family", family, "--preset", "huge")
