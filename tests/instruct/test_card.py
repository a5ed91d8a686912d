"""The data set's card: its figures are those that are counted."""

from __future__ import annotations

import pytest

from scenic_iot.instruct.card import Counted, count
from scenic_iot.instruct.card_write import card
from scenic_iot.instruct.frozen import check_frozen


@pytest.fixture(scope="module")
def counted() -> Counted:
    return count(seed=5, composed=400, audited=500)


def test_figures(counted: Counted) -> None:
    assert counted.kept.made == 400
    assert counted.stats.pairs.pairs == 400 - counted.kept.pairs
    assert counted.note == check_frozen()
    assert (counted.leaks.train_rows, counted.leaks.test_rows) == (500, counted.note["rows"])
    assert counted.leaks.exact.count == counted.leaks.normalised.count == counted.leaks.patterns.count == 0


def test_the_card(counted: Counted) -> None:
    text = card(counted)
    assert all(f"## {title}" in text for title in ("Composition", "Leakage", "Known limits", "Licence"))
    assert f"{counted.stats.pairs.texts:,} different texts" in text
    assert counted.note["sha256"] in text
    assert all(f"| {name} | {rows:,} |" in text for name, rows in counted.note["sections"].items())
    assert "| light |" in text
    assert "seed 5" in text
