"""Triplets are what they claim to be, the same for a seed, and near misses are edits that hold."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenic_iot.cli import cli
from scenic_iot.command.parse import parse
from scenic_iot.instruct.generate import Pair, pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.nearmiss import near_misses
from scenic_iot.instruct.similar import grams, likeness
from scenic_iot.instruct.triplets import Triplet, TripletError, differences, from_pool, triplets
from scenic_iot.text.normalise import normalise


@pytest.fixture(scope="module")
def made() -> list[Triplet]:
    return list(triplets(5, 400, pool=4000))


def pair(text: str, command: str, phrase: str = "", kinds: tuple[str, ...] = (), language: str = "en") -> Pair:
    return Pair(text, command, language, "easy", kinds, (phrase,) if phrase else ())


def test_every_triplet_is_what_it_claims(made: list[Triplet]) -> None:
    assert len(made) == 400
    for triplet in made:
        anchor, positive, negative = triplet.anchor, triplet.positive, triplet.negative
        assert positive.command == anchor.command
        assert not set(positive.phrases) & set(anchor.phrases)
        assert set(parse(negative.command).actions) != set(parse(anchor.command).actions) or (
            negative.command != anchor.command and anchor.command.startswith("reject ")
        )
        assert anchor.language == positive.language == negative.language
        assert triplet.differs
        assert triplet.differs != ("order",)


def test_negatives_are_alike_and_positives_are_not(made: list[Triplet]) -> None:
    rows = [triplet.row()["likeness"] for triplet in made]
    assert sum(row["negative"] > row["positive"] for row in rows) > 0.9 * len(rows)


def test_refusals_are_anchors_but_not_most_of_them(made: list[Triplet]) -> None:
    rejected = [t for t in made if t.anchor.command.startswith("reject ")]
    assert 0.1 < len(rejected) / len(made) < 0.5
    assert {t.anchor.language for t in made} == {"zh", "en"}
    kinds = {name for triplet in made for name in triplet.differs}
    assert kinds >= {"area", "value", "number", "device", "refusal", "reason"}


def test_the_same_seed_makes_the_same(made: list[Triplet]) -> None:
    assert list(triplets(5, 50, pool=4000)) == made[:50]
    assert [t.anchor for t in triplets(6, 50, pool=4000)] != [t.anchor for t in made[:50]]


def test_the_positive_is_the_least_alike_and_the_negative_the_most() -> None:
    pool = [
        pair("turn off the fan", "fan power=off", "a"),
        pair("turn off the fans", "fan power=off", "b"),
        pair("no more wind", "fan power=off", "c"),
        pair("enough blowing", "fan power=off", "a"),
        pair("turn off the van", "reject unsupported"),
        pair("brew coffee", "coffee_machine task=brew", "d"),
    ]
    found = {t.anchor.text: t for t in from_pool(random.Random(1), pool, 10)}
    # the others hold no gram of a text that means something else
    assert set(found) == {"turn off the fan", "turn off the fans"}
    assert found["turn off the fan"].positive.text == "no more wind"
    assert found["turn off the fan"].negative.text == "turn off the van"


def test_texts_under_two_commands_take_no_part() -> None:
    pool = [pair("it", "fan power=off", "a"), pair("It!", "fan power=on", "b"), pair("fan off", "fan power=off", "c")]
    assert list(from_pool(random.Random(1), pool, 10)) == []
    with pytest.raises(TripletError, match="too small"):
        list(triplets(1, 1, ("en",), pool=2))


def test_wrong_triplets_are_refused() -> None:
    good = Triplet(
        pair("fan off", "fan power=off; tv power=on", "a"),
        pair("stop the wind", "fan power=off; tv power=on", "b"),
        pair("fan on", "fan power=on; tv power=on", "a"),
    )
    good.check()
    for wrong, message in (
        (replace(good, positive=good.negative), "positive means"),
        (replace(good, positive=replace(good.positive, phrases=("a",))), "another phrase"),
        (replace(good, positive=replace(good.positive, phrases=())), "another phrase"),
        (replace(good, negative=replace(good.negative, command="tv power=on; fan power=off")), "means the same"),
        (replace(good, negative=replace(good.negative, text="Fan off.")), "texts are the same"),
        (replace(good, negative=replace(good.negative, language="zh")), "languages"),
    ):
        with pytest.raises(TripletError, match=message):
            wrong.check()


@pytest.mark.parametrize(
    ("left", "right", "names"),
    [
        ("light@kitchen power=on", "light@study power=on", ("area",)),
        ("light power=on", "light power=off", ("value",)),
        ("light brightness+=10%", "light brightness-=10%", ("value",)),
        ("light brightness=10%", "light brightness=20%", ("number",)),
        ("light power=on", "fan power=on in 5m", ("device", "schedule")),
        ("light power=on; fan power=on", "light power=on", ("actions",)),
        ("light power=on; fan power=on", "fan power=on; light power=on", ("order",)),
        ("light power=on", "reject ambiguous", ("refusal",)),
        ("reject unsupported", "reject ambiguous", ("reason",)),
    ],
)
def test_differences(left: str, right: str, names: tuple[str, ...]) -> None:
    assert differences(left, right) == names


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (pair("turn on the lamp on the left", "light power=on"), None),  # which "on" is meant is not sure
        (pair("turn on the lamp", "light power=on"), ("turn off the lamp", "light power=off")),
        (pair("lamp off at nine", "light power=off at 09:00"), ("lamp on at nine", "light power=on at 09:00")),
        (pair("打开台灯", "light power=on", language="zh"), ("关掉台灯", "light power=off")),
        (pair("打开开关", "switch power=on", language="zh"), None),
        (pair("it is dark turn on the lamp", "light power=on", kinds=("reason",)), None),
        (pair("is the lamp on", "light power?"), None),
    ],
)
def test_on_becomes_off_only_where_it_is_sure(source: Pair, expected: tuple[str, str] | None) -> None:
    found = near_misses(random.Random(1), source)
    assert [(edit.text, edit.command) for edit in found] == ([expected] if expected else [])


def test_rooms_and_numbers_change_in_text_and_command() -> None:
    rng = random.Random(2)
    (room,) = near_misses(rng, pair("blinds up in the master bedroom", "curtain@master_bedroom position=open"))
    area = room.command.partition("@")[2].partition(" ")[0]
    assert area not in ("master_bedroom", "bedroom") or room.text == "blinds up in the bedroom"
    assert area.replace("_", " ") in room.text
    (number,) = near_misses(rng, pair("set it to 26 degrees", "climate temperature=26", kinds=("number",)))
    assert number.text == f"set it to {number.command.partition('=')[2]} degrees"
    assert near_misses(rng, pair("two rooms: kitchen and study", "light@kitchen power?")) == []
    assert near_misses(rng, pair("in 26 minutes 26 degrees", "climate temperature=26 in 26m", kinds=("number",))) == []


def test_near_misses_of_generated_pairs_parse_and_stay_alike() -> None:
    count = 0
    for source in pairs(9, 2000, mix=Mix(name=0.0)):
        for edit in near_misses(random.Random(1), source):
            count += 1
            assert str(parse(edit.command)) == edit.command != source.command
            assert normalise(edit.text) != normalise(source.text)
            assert len(differences(source.command, edit.command)) == 1
    assert count > 100


def test_the_command_writes_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "some" / "triplets.jsonl"
    arguments = ["data", "triplets", str(file), "--count", "30", "--seed", "4", "--language", "en"]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "30 triplets" in result.stdout
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 30
    for row in rows:
        assert row["negative_command"] != row["command"]
        close = likeness(grams(normalise(row["anchor"])), grams(normalise(row["negative"])))
        assert row["likeness"]["negative"] == round(close, 3)
    assert [path.name for path in file.parent.iterdir()] == ["triplets.jsonl"]
