"""The cells' steps under the real automaton, with made-up numbers."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import torch

from scenic_iot.command.automaton import Automaton
from scenic_iot.command.grid import NONE
from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.model.slots import GridTargets
from scenic_iot.runtime.decode import Floats, beam_search
from scenic_iot.runtime.grid import GridReader, GridReading
from tests.command.test_grid import CATALOGUE, GRID, SYMBOLS, walk

AUTOMATON = Automaton(SYMBOLS, CATALOGUE)
READER = GridReader(GRID)


def cells(seed: int, toward: list[int] | None = None, how_much: float = 12) -> Floats:
    """Random log-probabilities, leaning toward a row's grid if one is given."""
    numbers = np.random.default_rng(seed).normal(size=(GRID.slots * GRID.places, len(GRID.kinds)), scale=2)
    if toward is not None:
        gold = GridTargets(GRID)(torch.tensor([toward]))[0].numpy()
        numbers[np.arange(len(gold)), np.where(gold == 0, NONE, gold)] += how_much
    numbers -= np.log(np.exp(numbers).sum(axis=1, keepdims=True))
    return numbers.astype(np.float32)


@pytest.mark.parametrize("seed", range(40))
def test_a_row_has_the_score_of_its_cells(seed: int) -> None:
    row, numbers = walk(AUTOMATON, seed), cells(seed)
    reading = GridReading(READER, numbers)
    score, token, parents = 0.0, BOS, None
    for following in row:
        score += reading(np.array([token]), parents)[0, following]
        token, parents = following, np.array([0])
    gold = GridTargets(GRID)(torch.tensor([row]))[0].numpy()
    wanted = sum(float(numbers[cell, symbol]) for cell, symbol in enumerate(gold) if symbol)
    for slot in range(1, row.count(SYMBOLS.ids[";"]) + 1):  # that there is one more action
        wanted += math.log1p(-math.exp(numbers[slot * GRID.places, NONE]))
    if GRID.kinds[row[0]] != "r":
        assert score == pytest.approx(wanted, abs=1e-2)


@pytest.mark.parametrize("seed", range(40))
def test_what_the_cells_say_is_written(seed: int) -> None:
    row = walk(AUTOMATON, seed)
    start = AUTOMATON.start(("light", "tv"), 2)
    found = beam_search(GridReading(READER, cells(seed, row)), AUTOMATON, start, begin=BOS, end=EOS)
    assert list(found[0].symbols) == row
    assert all(AUTOMATON.accepts(hypothesis.symbols, start) for hypothesis in found)
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_five_commands_out_of_noise() -> None:
    found = beam_search(GridReading(READER, cells(0)), AUTOMATON, AUTOMATON.start(), begin=BOS, end=EOS)
    assert len({hypothesis.symbols for hypothesis in found}) == 5
    assert sum(math.exp(hypothesis.score) for hypothesis in found) < 1


def test_a_usual_command_takes_well_under_a_millisecond() -> None:
    row = SYMBOLS.ids["light"], SYMBOLS.ids["@kitchen"], SYMBOLS.ids["power="], SYMBOLS.ids["off"], EOS
    numbers, spent = cells(0, list(row), 16), []  # as sure as a trained model is
    for _ in range(50):
        began = time.process_time()
        beam_search(GridReading(READER, numbers), AUTOMATON, AUTOMATON.start(), begin=BOS, end=EOS)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.001
