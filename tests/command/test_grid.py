import numpy as np
import pytest

from scenic_iot.command.automaton import MAX_ACTIONS, Automaton, Phase
from scenic_iot.command.grid import NONE, Grid
from scenic_iot.command.parse import parse
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue

CATALOGUE = load_catalogue()
SYMBOLS = Symbols(CATALOGUE)
GRID = Grid.of(SYMBOLS, CATALOGUE)


def walk(automaton: Automaton, seed: int) -> list[int]:
    """A random row that the automaton accepts; long ones are likely."""
    rng = np.random.default_rng(seed)
    state, row = automaton.start(("light", "tv"), 2), list[int]()
    while state.phase is not Phase.END:
        allowed = [int(token) for token in automaton.allowed(state)]
        rare = [t for t in allowed if GRID.kinds[t] in "e"]
        longer = [t for t in allowed if t not in rare]
        choices = longer if longer and rng.random() < 0.8 else allowed
        kinds = sorted({GRID.kinds[t] for t in choices})
        kind = kinds[rng.integers(len(kinds))]  # kinds first: else attributes would be lost among areas
        row.append(int(rng.choice([t for t in choices if GRID.kinds[t] == kind])))
        state = automaton.step(state, row[-1])
    return row


def test_every_symbol_has_a_kind() -> None:
    kind = {token: GRID.kinds[index] for index, token in enumerate(SYMBOLS.tokens)}
    assert [kind[token] for token in ("<pad>", "<bos>", "<eos>", ";", "reject ambiguous", "light", "#1")] == [
        *"pbe;rdd"
    ]
    assert [kind[token] for token in ("@kitchen", "-#1", "power=", "brightness-=", "state?")] == [*"@-cc?"]
    assert [kind[token] for token in ("in", "at", "every", "7", "on", "22:", ":m")] == [*"ttvvvvv"]


def test_the_longest_that_there_is_fits() -> None:
    assert GRID.slots == MAX_ACTIONS
    rows = [walk(Automaton(SYMBOLS, CATALOGUE), seed) for seed in range(300)]
    assert max(row.count(SYMBOLS.ids[";"]) for row in rows) == MAX_ACTIONS - 1
    for row in rows:
        place, slot = -1, 0
        for symbol in row:
            place = GRID.follows(place, symbol)
            assert place >= 0
            if place == GRID.places:
                place, slot = -1, slot + 1
        assert slot <= GRID.slots


def test_what_is_not_asked_for() -> None:
    at = {"device": 0, "area": 1, "attribute": GRID.attribute, "value": GRID.value, "time": GRID.time}
    assert GRID.asked(-1) == [*at.values()]
    assert GRID.asked(at["area"]) == [2, at["attribute"], at["value"], at["time"]]
    assert GRID.asked(at["value"] + 1) == [at["value"] + 2, at["time"]]
    assert GRID.asked(GRID.places - 1) == []


@pytest.mark.parametrize("text", ["reject unsupported", "light@all-study power=off in 30m; lock state?"])
def test_reading_stops_where_nothing_more_is_asked(text: str) -> None:
    row = SYMBOLS.encode(parse(text, CATALOGUE))
    cells = np.full((GRID.slots, GRID.places), NONE)
    slot, place = 0, -1
    for symbol in row[:-1]:
        place = GRID.follows(place, symbol)
        if place == GRID.places:
            slot, place = slot + 1, -1
        else:
            cells[slot, place] = symbol
    cells[-1, 0] = SYMBOLS.ids["light"]  # after an absent action
    cells[0, GRID.places - 1] = SYMBOLS.ids["7"]  # after an absent place
    assert GRID.read(cells.tolist()) == row
