import pytest

from scenic_iot.model.pieces_train import common_affixes, train_pieces
from tests.textpairs.homes import ROOMS, pairs


def test_rooms_are_one_symbol_and_stay_apart_from_devices() -> None:
    pieces = train_pieces({pair.response for pair in pairs()})
    assert {*ROOMS, "空调", "风扇"} <= set(pieces.tokens)
    assert not any(room in token and token != room for room in ROOMS for token in pieces.tokens)
    for pair in pairs():
        assert pieces.decode(pieces.encode(pair.response)) == pair.response
    assert len(pieces.encode("好的，已关闭书房灯。")) <= 5  # never seen, composed of what was


def test_symbols_are_at_most_as_many_as_asked_for() -> None:
    responses = {pair.response for pair in pairs()}
    assert len(train_pieces(responses, size=30)) == 30
    assert train_pieces(responses, size=1).merges == ()


def test_affixes_are_cut_at_punctuation() -> None:
    assert common_affixes(["好的，已打开灯。", "好的，已关闭灯。"]) == ("好的，", "。")
    assert common_affixes(["turn on", "turn off"]) == ("", "")
    assert common_affixes(["好。"]) == ("好。", "")


def test_no_responses_are_an_error() -> None:
    with pytest.raises(ValueError, match="no responses"):
        train_pieces(set())
