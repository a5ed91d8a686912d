"""Sentences of the kinds that a model was trained without."""

from __future__ import annotations

from typing import Any

import pytest

from scenic_iot.bench.kinds import measure


def config(*without: str) -> dict[str, Any]:
    return {"name": "some", "recipe": {"data": {"without": list(without)}}}


def test_every_sentence_is_of_a_kind_that_was_kept_back() -> None:
    asked: list[str] = []

    def answer(text: str) -> str:
        asked.append(text)
        return "reject out_of_scope" if len(asked) % 4 else "light power=on"

    found = measure(config("reject:weather", "reject:joke"), answer, count=40)
    assert found.refused.total == len(asked) == len(set(asked)) == 40
    assert found.refused.hits == 30
    assert set(found.kinds) <= {"reject:weather", "reject:joke"}
    assert [text for text, _ in found.done] == asked[3::4]


def test_a_model_that_saw_everything_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="every kind"):
        measure(config(), lambda text: "reject out_of_scope")
