"""Phrase patterns: brackets, slots, and mistakes."""

from __future__ import annotations

import pytest

from scenic_iot.instruct.pattern import MAX_VARIANTS, PatternError, compile_pattern


def filled(text: str, language: str = "en") -> set[str]:
    return {v.template % tuple(f"<{slot}>" for slot in v.slots) for v in compile_pattern(text, language)}


def test_brackets() -> None:
    assert filled("(turn|switch) off {thing} [now]") == {
        "turn off <thing>",
        "turn off <thing> now",
        "switch off <thing>",
        "switch off <thing> now",
    }


def test_brackets_nest() -> None:
    assert filled("a [b (c|d)]") == {"a", "a b c", "a b d"}


def test_chinese_keeps_no_spaces() -> None:
    assert filled("把 {thing} 关了[吧]", "zh") == {"把<thing>关了", "把<thing>关了吧"}


def test_a_percent_sign_is_text() -> None:
    assert filled("about 100% of {thing}") == {"about 100% of <thing>"}


def test_many_variants_are_thinned() -> None:
    assert len(compile_pattern("(a|b|c|d) (a|b|c|d) (a|b|c|d) (a|b|c|d)", "en")) == MAX_VARIANTS


@pytest.mark.parametrize("text", ["(a|b", "a]", "{", "{}", "a}b", ""])
def test_mistakes(text: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(text, "en")
