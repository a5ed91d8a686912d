"""What the automaton lets through, and that it lets through enough."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scenic_iot.command import Command, CommandError, parse
from scenic_iot.command.automaton import MAX_ACTIONS, Automaton, Phase, State
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, HomeArea, HomeDevice

from .strategies import clauses, commands

CATALOGUE = load_catalogue()
SYMBOLS = Symbols(CATALOGUE)
AUTOMATON = Automaton(SYMBOLS, CATALOGUE)
TYPES = {"left_curtain": "curtain", "nattbord": "outlet", "box": "tv", "ac": "climate"}
NAMES, AREAS = tuple(TYPES), ("media_room", "kitchen", "shed")
HOME = Home(
    {area: HomeArea(area, (area,)) for area in AREAS},
    {name: HomeDevice(name, kind) for name, kind in TYPES.items()},
)
START = AUTOMATON.start()
HOME_START = AUTOMATON.start(tuple(TYPES.values()), len(AREAS))


def after(*tokens: str) -> State:
    state = START
    for token in tokens:
        state = AUTOMATON.step(state, SYMBOLS.ids[token])
    return state


def following(*tokens: str) -> set[str]:
    return {SYMBOLS.tokens[index] for index in AUTOMATON.allowed(after(*tokens))}


def walk(rng: random.Random, state: State) -> list[int]:
    """A random row. Kinds of tokens are as likely as each other, so that long rows and rare turns occur."""
    ids: list[int] = []
    while state.phase is not Phase.END:
        kinds: dict[str, list[int]] = {}
        for index in AUTOMATON.allowed(state).tolist():
            kinds.setdefault(SYMBOLS.tokens[index][0], []).append(index)
        ids.append(rng.choice(rng.choice(list(kinds.values()))))
        state = AUTOMATON.step(state, ids[-1])
    return ids


@given(commands(CATALOGUE))
def test_every_command_is_accepted(command: Command) -> None:
    assert AUTOMATON.accepts(SYMBOLS.encode(command))


@given(commands(CATALOGUE, HOME))
def test_every_command_of_a_home_is_accepted(command: Command) -> None:
    assert AUTOMATON.accepts(SYMBOLS.encode(command, NAMES, AREAS), HOME_START)


def test_every_clause_of_the_catalogue_can_be_begun() -> None:
    signs = {"set": "=", "increase": "+=", "decrease": "-=", "query": "?"}
    for clause in clauses(CATALOGUE):
        assert clause.attribute + signs[clause.op] in following(clause.device)


@given(st.randoms(use_true_random=False))
def test_random_walks_end_in_something_that_parses(rng: random.Random) -> None:
    ids = walk(rng, START)
    command = SYMBOLS.decode(ids)
    assert parse(str(command)) == command
    assert SYMBOLS.encode(command) == ids


@given(st.randoms(use_true_random=False))
def test_random_walks_of_a_home_end_in_something_that_parses(rng: random.Random) -> None:
    command = SYMBOLS.decode(walk(rng, HOME_START), NAMES, AREAS)
    assert parse(str(command), home=HOME) == command


@given(st.lists(st.integers(0, len(SYMBOLS) - 1), max_size=12))
@example([])
def test_what_is_not_allowed_is_not_accepted(ids: list[int]) -> None:
    """Any row that is accepted is one that encoding could have written."""
    if AUTOMATON.accepts(ids):
        assert SYMBOLS.encode(SYMBOLS.decode(ids)) == ids


@pytest.mark.parametrize(
    ("tokens", "allowed"),
    [
        ("light brightness=", {"min", "max", *"0123456789"}),
        ("light brightness= 1", {"%", *"0123456789"}),
        ("light brightness= 1 0", {"%", "0"}),
        ("light brightness= 1 0 0", {"%"}),
        ("light brightness= 0", {"%"}),
        ("light brightness+=", {"step", *"123456789"}),
        ("climate temperature= 4", {*"0123456789"}),
        ("climate temperature= 9 9", {"in", "at", ";", "<eos>"}),
        ("climate temperature= 9 8", {".", "in", "at", ";", "<eos>"}),
        ("climate temperature= 9 8 .", {*"123456789"}),
        ("climate fan_speed+=", {"step"}),
        ("climate fan_speed+= step", {"in", "at", ";", "<eos>"}),
        ("fridge temperature= neg", {*"0123456789"}),
        ("fridge temperature= neg 3", {"0", ".", "in", "at", ";", "<eos>"}),
        ("lock state?", {";", "<eos>"}),
        ("reject ambiguous", {"<eos>"}),
        ("light power= on in", {*"123456789"}),
        ("light power= on in 9 9 9 9", {":h", ":m", ":s"}),
        ("light power= on in 9 :m", {*"123456789", ";", "<eos>"}),
        ("light power= on in 9 :m 5", {*"0123456789", ":s"}),
        ("light power= on in 9 :s", {";", "<eos>"}),
        ("light power= on at 07: :30", {"every", ";", "<eos>"}),
        ("light power= on at 07: :30 every weekday", {";", "<eos>"}),
        ("light power= on <eos>", {"<pad>"}),
        ("light power= on <eos> <pad>", {"<pad>"}),
    ],
)
def test_what_may_follow(tokens: str, allowed: set[str]) -> None:
    words = tokens.replace("reject ", "reject_").split()
    found = following(*(word.replace("reject_", "reject ") for word in words))
    assert found == allowed


def test_areas() -> None:
    assert "@all" in following("light")
    assert "@all" not in following("vacuum")
    assert "-kitchen" not in following("light")
    assert "-kitchen" in following("light", "@all")
    assert "-kitchen" not in following("light", "@kitchen")
    assert "-kitchen" not in following("light", "@all", "-study", "-kitchen")
    assert "power=" in following("light", "@all", "-study", "-kitchen")
    left_out = ("-study", "-kitchen", "-office", "-attic", "-garage")
    assert not {token for token in following("light", "@all", *left_out) if token.startswith("-")}


def test_placeholders_are_allowed_as_far_as_they_stand_for_something() -> None:
    def tokens(state: State) -> set[str]:
        return {SYMBOLS.tokens[index] for index in AUTOMATON.allowed(state)}

    assert not {"#1", "@#1"} & (following() | following("light"))
    start = AUTOMATON.start(("curtain",), 1)
    assert {"#1", "#2"} & tokens(start) == {"#1"}
    named = AUTOMATON.step(start, SYMBOLS.ids["#1"])
    assert tokens(named) == {"position=", "position+=", "position-=", "position?"}
    light = AUTOMATON.step(start, SYMBOLS.ids["light"])
    assert {"@#1", "@#2"} & tokens(light) == {"@#1"}
    assert "-#1" not in tokens(AUTOMATON.step(light, SYMBOLS.ids["@#1"]))


@pytest.mark.parametrize(("types", "areas"), [(("light",) * 5, 0), ((), 4), ((), -1), (("lamp",), 0)])
def test_placeholders_that_there_are_not(types: tuple[str, ...], areas: int) -> None:
    with pytest.raises(ValueError, match=r"placeholders|unknown"):
        AUTOMATON.start(types, areas)


def test_actions_are_counted() -> None:
    one = ("light", "power=", "on")
    many = (*one, *(token for _ in range(MAX_ACTIONS - 1) for token in (";", *one)))
    assert ";" in following(*many[:-4])
    assert ";" not in following(*many)
    assert not {token for token in following(*one, ";") if token.startswith("reject")}


def test_masks_and_ids_say_the_same() -> None:
    for state in (START, after("light"), after("light", "brightness=", "1")):
        mask = AUTOMATON.mask(state)
        assert mask.shape == (len(SYMBOLS),)
        assert mask.dtype == np.bool_
        assert np.flatnonzero(mask).tolist() == AUTOMATON.allowed(state).tolist()
        assert AUTOMATON.mask(state) is mask
        with pytest.raises(ValueError, match="read-only"):
            mask[0] = True


def test_forced_symbols() -> None:
    assert AUTOMATON.forced(START) is None
    assert AUTOMATON.forced(after("climate", "fan_speed+=")) == SYMBOLS.ids["step"]
    assert AUTOMATON.forced(after("reject ambiguous")) == SYMBOLS.eos


def test_a_symbol_that_may_not_follow_raises() -> None:
    with pytest.raises(CommandError, match="may not follow"):
        AUTOMATON.step(START, SYMBOLS.eos)


def test_states_of_equal_future_are_equal() -> None:
    assert after("light", "power=", "on") == after("tv", "@kitchen", "volume=", "2", "0", "%")
    assert hash(after("light", "@all", "-study", "-attic")) == hash(after("light", "@all", "-attic", "-study"))
