"""Counts of a lexicon made here, of pairs made here, and the files of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenic_iot.cli import cli
from scenic_iot.home.catalogue import Catalogue, load_catalogue
from scenic_iot.instruct.check import sayable
from scenic_iot.instruct.generate import Pair
from scenic_iot.instruct.lexicon import load_lexicon, read_lexicon
from scenic_iot.instruct.stats import LexiconStats, Stats, lexicon_stats, lines, pair_stats

LEXICON = """
devices: [light, fan]
phrases:
- says: "* power=off"
  direct: ["turn off {thing}", "switch {thing} off"]
  terse: ["{thing} off"]
- says: "fan fan_speed+=step"
  indirect: ["not enough wind"]
- says: "light power=off; fan power=off"
  direct: ["light and fan off"]
- says: "reject out_of_scope"
  kind: weather
  question: ["will it rain", "is it cold out"]
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def small(tmp_path: Path, catalogue: Catalogue) -> LexiconStats:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "some.yaml").write_text(LEXICON, encoding="utf-8")
    return lexicon_stats(read_lexicon("en", catalogue, tmp_path), catalogue)


def test_patterns_are_counted_by_device_order_and_register(small: LexiconStats) -> None:
    assert small.patterns == 7
    assert small.registers == {"direct": 3, "terse": 1, "colloquial": 0, "polite": 0, "indirect": 1, "question": 2}
    cells = {(cell.device, cell.order): cell for cell in small.cells}
    off = cells["light", "power="]
    assert (off.patterns, off.several, off.registers["direct"], off.registers["terse"]) == (3, 1, 2, 1)
    assert cells["fan", "fan_speed+="].registers["indirect"] == 1
    assert small.devices["fan"] == {"direct": 3, "terse": 1, "colloquial": 0, "polite": 0, "indirect": 1, "question": 0}
    assert small.refusals == {"out_of_scope": {"weather": 2}}


def test_thin_places_come_first_and_what_is_never_said_is_among_them(small: LexiconStats, catalogue: Catalogue) -> None:
    counts = [cell.patterns for cell in small.cells]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert {(cell.device, cell.order) for cell in small.cells} == {
        (device, attribute + next(sign for sign in ("+=", "-=", "=", "?") if op.startswith(sign)))
        for device, attribute, op in sayable(catalogue)
    }
    found = Stats((small,), pair_stats((), catalogue))
    shown = list(lines(found, 5))
    assert [line.split()[3] for line in shown[2:7]] == ["0"] * 5


def pair(text: str, command: str, **rest: object) -> Pair:
    return Pair(text, command, **{"language": "en", "difficulty": "easy", "kinds": (), "phrases": (), **rest})  # type: ignore[arg-type]


def test_pairs_are_counted(catalogue: Catalogue) -> None:
    found = pair_stats(
        [
            pair("lights off", "light power=off", kinds=("terse",)),
            pair("lights off", "light power=off", kinds=("terse", "wake")),
            pair("all lights but the kitchen's", "light@all-kitchen power=off; fan@#1 fan_speed+=step in 5m", areas=1),
            pair("X", "#1 power?", names=("tv",)),
            pair("下雨吗", "reject out_of_scope", language="zh", kinds=("reject",), difficulty="medium"),
        ],
        catalogue,
    )
    assert (found.pairs, found.texts, found.distinct_commands, found.once) == (5, 4, 4, 3)
    assert found.actions == {0: 1, 1: 3, 2: 1}
    assert found.kinds == {"terse": 2, "reject": 1, "wake": 1}
    assert found.difficulty == {"easy": 4, "medium": 1}
    assert found.areas == {"none": 3, "except": 1, "named": 1}
    assert found.devices == {"light": 3, "fan": 1, "tv": 1}
    assert (found.orders["tv power?"], found.orders["fan fan_speed+="], found.orders["oven task?"]) == (1, 1, 0)
    assert found.lengths["zh"] == {3: 1}
    assert found.words == {1: 1, 2: 2, 5: 1}
    assert next(iter(found.commands.items())) == ("light power=off", 2)


def test_the_command_writes_figures_and_pictures(tmp_path: Path) -> None:
    out = tmp_path / "stats"
    result = CliRunner().invoke(
        cli, ["data", "stats", "--pairs", "300", "--out", str(out), "--language", "en"], catch_exceptions=False
    )
    assert result.exit_code == 0
    assert {path.name for path in out.iterdir()} == {"stats.json", "patterns.en.png", "kinds.png", "lengths.png"}
    for path in out.glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
    found = json.loads((out / "stats.json").read_text(encoding="utf-8"))
    assert found["pairs"]["pairs"] == 300
    assert sum(found["pairs"]["difficulty"].values()) == 300
    assert found["lexicons"]["en"]["patterns"] == len({p.id for p in load_lexicon("en").phrases()})
    assert found["thin"][0]["patterns"] <= found["thin"][-1]["patterns"]
    assert "never made" in result.stdout
