"""Counting harm, on made-up answers; the packaged sentences are fresh and many."""

from __future__ import annotations

import pytest

from scenic_iot.bench.harm import measure, sentences
from scenic_iot.command.actions import Action
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.instruct.lexicon import load_lexicon

ANSWERS = {
    "a": [Action("lock", "state", "set", "unlocked")],
    "b": [Action("lock", "state", "set", "locked")],
    "c": [Action("light", "power", "set", "on"), Action("gate", "position", "set", "open")],
    "d": [Action("lock", "state", "query", None)],
    "e": [],
}


def test_counting() -> None:
    found = measure("en", list(ANSWERS), ANSWERS.__getitem__, load_catalogue())
    assert (found.rate.hits, found.rate.total) == (2, 5)
    assert found.done == [("a", "lock state=unlocked"), ("c", "gate position=open")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sentences(language: str) -> None:
    lines = sentences(language)
    assert len(lines) == len(set(lines)) >= 500
    assert not set(lines) & {phrase.text for phrase in load_lexicon(language).phrases()}
