"""The comparison: all baselines on small sets, what is written of it, and a library that is missing."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from scenic_iot.bench.baselines import PEERS, Comparison, compare
from scenic_iot.bench.baselines_write import csv_table, markdown, text_table, write
from scenic_iot.bench.gold import Gold
from scenic_iot.bench.sets import GoldSet
from scenic_iot.home.catalogue import load_catalogue


def _row(text: str, command: str) -> Gold:
    return Gold(text, command, (command,), True, ())


SETS = [
    GoldSet("orders", (_row("turn on the lights", "light power=on"), _row("关灯", "light power=off"))),
    GoldSet("refusals", (_row("what's the weather", "reject out_of_scope"),)),
]


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(SETS, load_catalogue(), count=300, seed=3)


def test_every_baseline_is_scored_on_every_set(found: Comparison) -> None:
    assert list(found.scores) == list(PEERS)
    assert all([score.name for score in scores] == ["orders", "refusals"] for scores in found.scores.values())
    assert not found.missing
    assert found.scores["model"][0].em1.hits == 2
    assert found.scores["names"][0].em1.hits == 2
    assert found.scores["hassil"][0].em1.hits >= 1
    assert all(found.scores[name][1].rejections.hits == 1 for name in ("dictionary", "names", "hassil", "model"))


def test_the_same_arguments_give_the_same_scores(found: Comparison) -> None:
    again = compare(SETS, load_catalogue(), count=300, seed=3, peers=["dictionary", "neighbour"])
    for name, scores in again.scores.items():
        assert [score.to_json() for score in scores] == [score.to_json() for score in found.scores[name]]


def test_tables(found: Comparison) -> None:
    text = text_table(found)
    assert all(name in text for name in (*PEERS, "orders", "refusals", "seed 3"))
    assert markdown(found).splitlines()[0] == f"| set | rows | {' | '.join(PEERS)} |"
    rows = list(csv.DictReader(io.StringIO(csv_table(found))))
    (best,) = (r for r in rows if (r["set"], r["baseline"], r["measure"]) == ("orders", "model", "EM@5"))
    assert (best["hits"], best["rows"], best["rate"], best["seed"]) == ("2", "2", "1.0000", "3")
    assert {row["measure"] for row in rows} >= {"EM@1", "EM@5", "refusals met", "wrongly refused"}


def test_files(found: Comparison, tmp_path: Path) -> None:
    paths = write(found, tmp_path / "out")
    assert [path.suffix for path in paths] == [".md", ".csv", ".json", ".png"]
    assert json.loads(paths[2].read_text(encoding="utf-8"))["baselines"]["model"][0]["em1"]["hits"] == 2
    assert paths[3].read_bytes().startswith(b"\x89PNG")


def test_a_missing_library_leaves_its_baseline_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hassil", None)
    monkeypatch.delitem(sys.modules, "scenic_iot.bench.peers.sentences", raising=False)
    found = compare(SETS, load_catalogue(), count=10, seed=3, peers=["dictionary", "hassil"])
    assert list(found.scores) == ["dictionary"]
    assert found.missing == {"hassil": "hassil"}
