import itertools

import pytest
import torch

from scenic_iot.command.automaton import Automaton
from scenic_iot.command.grid import NONE
from scenic_iot.instruct import generate
from scenic_iot.model.slots import GridTargets
from scenic_iot.train.corpus import collect
from tests.command.test_grid import CATALOGUE, GRID, SYMBOLS, walk


def padded(rows: list[list[int]]) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


def test_rows_to_grids_to_rows() -> None:
    automaton = Automaton(SYMBOLS, CATALOGUE)
    corpus = collect(generate.pairs(3, 2000), SYMBOLS)
    said = [corpus.target[a:b].tolist() for a, b in itertools.pairwise(corpus.target_offsets)]
    rows = [*said, *(walk(automaton, seed) for seed in range(300))]
    targets = GridTargets(GRID)
    targets.check(padded(rows))
    grids = targets(padded(rows))
    for row, cells in zip(rows, grids.view(-1, GRID.slots, GRID.places), strict=True):
        filled = torch.where(cells == 0, NONE, cells)  # what is not asked for may be anything
        assert GRID.read(filled.tolist()) == row
        assert GRID.read(torch.where(cells == 0, 40, cells).tolist()) == row


def test_cells_that_cannot_be_reached_count_for_nothing() -> None:
    automaton = Automaton(SYMBOLS, CATALOGUE)
    targets = GridTargets(GRID)
    for row in [walk(automaton, seed) for seed in range(100)]:
        grid = targets(torch.tensor([row]))[0]
        reached = targets.reached(len(row))
        assert (grid != 0).sum() == (grid[reached] != 0).sum()
    assert len(targets.reached(2)) == 5
    assert len(targets.reached(128)) == GRID.slots * GRID.places


@pytest.mark.parametrize(
    "text",
    [
        "; ".join(["lock state?"] * 6),
        "light brightness= 1 2 3 4 5 6 7",
        "light @all -study -garage -attic -office -kitchen -bedroom power?",
    ],
)
def test_what_does_not_fit_is_an_error(text: str) -> None:
    row = [SYMBOLS.ids[token] for token in text.replace(";", " ;").split()] + [2]
    with pytest.raises(ValueError, match="5 actions, 5 areas left out, 6 symbols a value"):
        GridTargets(GRID).check(padded([[39, 2], row]))
