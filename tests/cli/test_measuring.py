"""Commands that measure and describe: benchmark, baselines, card."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scenic_iot.cli import cli
from scenic_iot.instruct import freeze
from scenic_iot.instruct.frozen import check_frozen


def invoke(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(cli, arguments, input=text, catch_exceptions=False)


def test_the_benchmark_is_described() -> None:
    note = check_frozen()
    assert json.loads(invoke("data", "benchmark", "--json").stdout) == note
    assert note["sha256"] in invoke("data", "benchmark").stdout


def test_the_benchmark_is_only_replaced_after_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[bool] = []
    monkeypatch.setattr(freeze, "freeze", lambda progress: done.append(True))
    assert invoke("data", "benchmark", "--freeze", text="n\n").exit_code == 1
    assert not done
    assert invoke("data", "benchmark", "--freeze", "--yes").exit_code == 0
    assert done == [True]


def test_a_card_is_written(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "card.md"
    assert invoke("data", "card", "--out", str(path), "--pairs", "50", "--audit", "50").exit_code == 0
    assert path.read_text(encoding="utf-8").startswith("# Smart Home Instruct\n")


def test_an_unknown_baseline_is_named() -> None:
    result = invoke("bench", "baselines", "--only", "oracle")
    assert result.exit_code == 2
    assert "dictionary, neighbour, names, hassil, model" in result.output
