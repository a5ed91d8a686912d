import numpy as np

from scenic_iot.runtime.decode import Floats, Indices, beam_search
from scenic_iot.runtime.written import Known, automaton
from scenic_iot.text.pieces import BOS, EOS, PAD, Pieces


def flat(tokens: Indices, parents: Indices | None) -> Floats:
    return np.zeros((len(tokens), 8), dtype=np.float32)


def test_only_known_rows_come_out() -> None:
    rows = [(4, 5, EOS), (4, EOS), (6, 7, 5, EOS)]
    found = beam_search(flat, Known(rows, 8), 0, begin=BOS, end=EOS)
    assert {hypothesis.symbols for hypothesis in found} == set(rows)


def test_anything_may_be_written_where_nothing_is_known() -> None:
    pieces = Pieces.of("abcd", (), "", ("", ""))
    mask = automaton(pieces).mask(0)
    assert not mask[PAD]
    assert not mask[BOS]
    assert mask[[EOS, 4, 7]].all()


def test_known_responses_are_those_of_the_pieces() -> None:
    pieces = Pieces(Pieces.of("abcd", (), "", ("", "")).tokens, separator="", known=("ab", "c"))
    found = beam_search(flat, automaton(pieces), 0, begin=BOS, end=EOS)
    assert {pieces.decode(hypothesis.symbols) for hypothesis in found} == {"ab", "c"}
