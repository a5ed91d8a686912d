"""Everything that can be meant is said, in both languages, and every phrase is used and gives a good command."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from scenic_iot.command.parse import parse
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import Catalogue, load_catalogue
from scenic_iot.instruct.check import sayable
from scenic_iot.instruct.clause import Clauses
from scenic_iot.instruct.generate import Pair, pairs
from scenic_iot.instruct.lexicon import LANGUAGES, load_lexicon
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.speech.base import DAYS, RECURRENCES
from scenic_iot.instruct.target import Targets


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module", params=LANGUAGES)
def sample(request: pytest.FixtureRequest) -> list[Pair]:
    return list(pairs(11, 40_000, (request.param,)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_gives_a_command(language: str, catalogue: Catalogue) -> None:
    """Each phrase, for each of its devices: what comes out has symbols, and parses where no name stands in it."""
    targets = Targets(Symbols(catalogue))
    unused = {phrase.id for phrase in load_lexicon(language).phrases()}
    unsaid = sayable(catalogue)
    for phrase, said, _ in Clauses(load_lexicon(language), catalogue).every(random.Random(5)):
        unused.discard(phrase)
        for action in said.actions:
            targets.encode(action)
            if "#" in action:
                continue
            (parsed,) = parse(action).actions
            value = parsed.value or ""
            spec = catalogue.devices[parsed.device].attributes[parsed.attribute]
            number = "number" if spec.number is not None and re.fullmatch(r"-?[\d.]+%?", value) else value
            op = {"set": "=", "increase": "+=", "decrease": "-=", "query": "?"}[parsed.op]
            unsaid.discard((parsed.device, parsed.attribute, op + number))
    assert unused == set()
    # numbers and values of a slot are drawn at random, so one pass need not see each of a long list
    assert len(unsaid) < 12, unsaid


def test_areas(sample: list[Pair], catalogue: Catalogue) -> None:
    seen = {area for pair in sample for area in re.findall(r"@([a-z_]+)", pair.command)}
    assert seen >= {*catalogue.areas, "all"}
    assert any(re.search(r"@all-[a-z_]+", pair.command) for pair in sample)


def test_schedules(sample: list[Pair]) -> None:
    text = "\n".join(pair.command for pair in sample)
    assert re.search(r" in \d+h\d+m", text)
    assert re.search(r" in \d+s", text)
    for day in (*DAYS, "today", "tomorrow"):
        assert f" at {day} " in text, day
    for recurrence in RECURRENCES:
        assert re.search(rf" every {recurrence}\b", text), recurrence


def test_rejections_and_phenomena(sample: list[Pair]) -> None:
    rejected = Counter(pair.command for pair in sample if pair.command.startswith("reject"))
    assert set(rejected) == {"reject out_of_scope", "reject unsupported", "reject ambiguous"}
    kinds = Counter(kind for pair in sample for kind in pair.kinds)
    for kind in ("several", "schedule", "correction", "reason", "span", "all", "except", "coordination", "name",
                 "named_area", "number", "query", "polite", "wake", "slip", "reject:condition",
                 "reject:unknown_area", "reject:unknown_device", "reject:out_of_range", "reject:pronoun"):  # fmt: skip
        assert kinds[kind] > 20, kind


def test_several_actions_come_up_to_five(sample: list[Pair]) -> None:
    counts = Counter(pair.command.count("; ") + 1 for pair in sample)
    assert {1, 2, 3, 4, 5} <= set(counts)
    assert max(counts) == 5


def test_nothing_means_two_things(sample: list[Pair]) -> None:
    """One sentence has one command, slips and bare nouns apart."""
    meanings: dict[str, set[str]] = {}
    for pair in sample:
        if "slip" not in pair.kinds:
            command = "reject" if pair.command.startswith("reject") else pair.command
            meanings.setdefault(pair.text, set()).add(command)
    doubtful = [text for text, commands in meanings.items() if len(commands) > 1]
    assert len(doubtful) <= len(meanings) / 2000, doubtful[:10]


def test_the_same_seed_gives_the_same_pairs() -> None:
    assert list(pairs(3, 300)) == list(pairs(3, 300))
    assert list(pairs(3, 300)) != list(pairs(4, 300))


def test_without_names_nothing_stands_for_one() -> None:
    assert not [pair for pair in pairs(3, 5000, mix=Mix(name=0.0)) if "#" in pair.command]
