"""Figures in marked sections of a Markdown file."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenic_iot.bench import publish
from scenic_iot.bench.gold import Gold
from scenic_iot.bench.publish import replace_section, score_packaged
from scenic_iot.bench.sets import GoldSet
from scenic_iot.runtime.bundle import load_bundle


def test_a_section_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("a\n<!-- scores -->\nold\n<!-- /scores -->\nb\n<!-- demo -->\n<!-- /demo -->\n", encoding="utf-8")
    replace_section(path, "scores", "new \\1")
    replace_section(path, "demo", "shown")
    wanted = "a\n<!-- scores -->\nnew \\1\n<!-- /scores -->\nb\n<!-- demo -->\nshown\n<!-- /demo -->\n"
    assert path.read_text(encoding="utf-8") == wanted


def test_no_such_section(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="scores"):
        replace_section(path, "scores", "new")


def test_packaged_sets_have_a_line_each(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Gold("开灯", "light power=on", ("light power=on",), True, ())
    monkeypatch.setattr(publish, "written_sets", lambda _: [GoldSet("written.zh", (row,))])
    monkeypatch.setattr(publish, "benchmark_sets", lambda _: [GoldSet("pattern", (row,)), GoldSet("value", (row,))])
    scores = score_packaged(load_bundle(None))
    assert [score.name for score in scores] == ["written.zh", "bench pattern", "bench value"]
    assert [score.em1.hits for score in scores] == [1, 1, 1]
