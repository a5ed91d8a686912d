"""Figures in marked sections of a Markdown file."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenic_iot.bench.publish import replace_section


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
