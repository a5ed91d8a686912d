import pytest

from scenic_iot.text.clausegrid import ClauseGrid
from scenic_iot.text.pieces import BETWEEN, EOS, Pieces, PiecesError

PIECES = Pieces.of(
    ("已", "打", "开", "灯", "客", "厅", "打开", "客厅"), (("打", "开"), ("客", "厅")), "；", ("好的，", "。")
)


def test_a_row_is_written_as_it_is_read() -> None:
    text = "好的，已打开客厅灯；已打开灯。"
    row = PIECES.encode(text)
    assert [PIECES.tokens[symbol] for symbol in row[:4]] == ["已", "打开", "客厅", "灯"]
    assert row[4] == BETWEEN
    assert row[-1] == EOS
    assert PIECES.decode(row) == text
    assert PIECES.decode(row[:-1]) == text


def test_a_character_that_was_never_seen_has_no_symbol() -> None:
    with pytest.raises(PiecesError, match="窗"):
        PIECES.encode("好的，已打开窗。")


def test_pieces_are_written_and_read() -> None:
    assert Pieces.from_json(PIECES.to_json()) == PIECES
    for wrong in ("{}", "[]", "no", PIECES.to_json().replace('"format": 1', '"format": 9')):
        with pytest.raises(PiecesError):
            Pieces.from_json(wrong)


def test_without_a_separator_there_is_one_clause() -> None:
    pieces = Pieces.of(("a", "；"), (), "", ("", ""))
    assert pieces.decode(pieces.encode("a；a")) == "a；a"
    assert BETWEEN not in pieces.encode("a；a")


def test_a_grid_is_as_large_as_the_rows_and_leaves_room() -> None:
    rows = [PIECES.encode("好的，已打开客厅灯；已打开灯。"), PIECES.encode("好的，已打开灯。")]
    grid = ClauseGrid.of(PIECES, rows, spare=1)
    assert (grid.slots, grid.places) == (2, 5)
    assert grid.follows(-1, 4) == 0
    assert grid.follows(4, 4) == -1
    assert grid.follows(2, EOS) == grid.places
    assert grid.asked(4) == []
    assert all(grid.fits(row) for row in rows)
    assert not grid.fits(PIECES.encode("好的，已打开客厅客厅灯灯。"))
    assert not grid.fits(PIECES.encode("好的，灯；灯；灯。"))
