"""From a file of pairs to answers on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenic_iot.cli import cli
from scenic_iot.cli.errors import UsageError
from tests.textpairs.homes import pairs

RECIPE = """
name: toy
pairs: {file: x, augmented: 300, known: true}
model: {preset: nano, overrides: {width: 32, hidden: 32}}
tokenizer: {size: 300, min_count: 1}
train: {samples: 600, batch: 32, evaluations: 0}
export: {sentences: 10}
"""


def invoke(*arguments: str | Path) -> str:
    return CliRunner().invoke(cli, list(map(str, arguments)), catch_exceptions=False).output


def test_pairs_are_learned_scored_and_answered(tmp_path: Path) -> None:
    recipe, file, out = tmp_path / "r.yaml", tmp_path / "mine.jsonl", tmp_path / "out"
    recipe.write_text(RECIPE)
    lines = [json.dumps({"text": pair.text, "command": pair.response}) for pair in pairs()]
    file.write_text("\n".join(lines))
    told = invoke("train", recipe, "--pairs", file, "--family", "encoder", "--out", out, "--device", "cpu")
    assert "4 rows kept from training: EM@1" in told
    assert "EM@5" in (out / "bundle" / "README.md").read_text()
    answers = invoke("run", "--model", out / "bundle", "--top", "2", "打开客厅灯").splitlines()
    known = {pair.response for pair in pairs()}
    assert len(answers) == 2
    assert all(answer.split("  ")[-1] in known for answer in answers)
    with pytest.raises(UsageError, match="leave --home out"):
        invoke("run", "--model", out / "bundle", "--home", file, "x")


def test_what_is_missing_is_said() -> None:
    with pytest.raises(UsageError, match="give a RECIPE, or --pairs"):
        invoke("train")
    with pytest.raises(UsageError, match="no family 'gpt'"):
        invoke("train", "--pairs", "mine.json", "--family", "gpt")
