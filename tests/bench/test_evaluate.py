"""Scoring: gold files, intervals, and what counts as right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenic_iot.bench.evaluate import score
from scenic_iot.bench.gold import Gold, GoldError, read_gold
from scenic_iot.bench.metrics import Rate, wilson


def test_wilson_against_known_values() -> None:
    low, high = wilson(8, 10)
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Wilson 1927, as in textbooks
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    for total in range(1, 300):  # the interval holds the share itself, else it cannot be drawn
        assert wilson(0, total)[0] == 0.0
        assert wilson(total, total)[1] == 1.0
    assert str(Rate(8, 10)) == "80.00% [49.0, 94.3]"


def test_scores() -> None:
    answers = {
        "a": ["light power=on"],
        "b": ["light power=off", "fan power=on"],
        "c": ["reject ambiguous"],
        "d": ["reject unsupported"],
        "e": ["light power=on"],
    }
    gold = [
        Gold("a", "light power=on", ("light power=on",), True, ("easy",)),
        Gold("b", "fan power=on", ("fan power=on",), True, ("easy",)),
        Gold("c", "reject out_of_scope", ("reject out_of_scope",), True, ("hard",)),
        Gold("d", "light power=on", ("light power=on",), True, ("hard",)),
        Gold("e", "fan power=on", ("fan power=on",), False, ()),
    ]
    result = score("toy", gold, answers.__getitem__)
    assert (result.em1.hits, result.em1.total) == (2, 4)
    assert (result.em5.hits, result.em5.total) == (3, 4)
    assert (result.commands.hits, result.commands.total) == (1, 3)
    assert (result.wrongly_refused.hits, result.wrongly_refused.total) == (1, 3)
    assert (result.rejections.hits, result.rejections.total) == (1, 1)
    assert {kind: rate.hits for kind, rate in result.kinds.items()} == {"easy": 1, "hard": 1}
    assert [miss.text for miss in result.misses] == ["b", "d"]


def test_reading_gold(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    row = {"text": "开灯", "command": "light power=on", "accept": ["light@all power=on"]}
    path.write_text(json.dumps(row) + "\n\n", encoding="utf-8")
    (gold,) = read_gold(path)
    assert gold.right == ("light power=on", "light@all power=on")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ('{"text": "a"}', "command: must be a text"),
        ('{"text": 1, "command": "light power=on"}', "text: must be a text"),
        ('{"text": "a", "command": "light power=dim"}', "command: "),
        ('{"text": "a", "command": "light power=on", "accept": "x"}', "accept: must be a list"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"text": "a", "command": "light power=on"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(GoldError) as caught:
        read_gold(path)
    assert caught.value.line == 2
    assert message in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(GoldError) as caught:
        read_gold(path)
    assert caught.value.line == 1
