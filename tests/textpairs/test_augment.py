import random

import pytest

from scenic_iot.model.pieces_train import train_pieces
from scenic_iot.text.pieces import Pieces
from scenic_iot.textpairs.augment import Augmenter, Shares
from scenic_iot.textpairs.joins import Joins
from scenic_iot.textpairs.pair import Pair, stripped
from scenic_iot.textpairs.swaps import Swaps

from .homes import ROOMS, pairs


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return train_pieces({pair.response for pair in pairs()})


def test_rooms_can_be_exchanged_and_left_out(pieces: Pieces) -> None:
    swaps = Swaps.of(pairs(), pieces)
    partners = dict(swaps.partners["客厅"])
    assert {*ROOMS, ""} - {"客厅"} <= partners.keys()
    assert "打开" not in partners


def test_what_nobody_wrote_is_made_and_nothing_is_contradicted(pieces: Pieces) -> None:
    swaps, rng = Swaps.of(pairs(), pieces), random.Random(1)
    made = {swaps.exchange(Pair("关掉卧室灯。", "好的，已关闭卧室灯。"), rng) for _ in range(200)}
    assert Pair("关掉书房灯。", "好的，已关闭书房灯。") in made
    said = Pair("打开客厅灯。", "好的，已打开空调。")
    swaps = Swaps.of([*pairs()[3:], said], pieces)
    made = {swaps.exchange(Pair("打开卧室灯。", "好的，已打开卧室灯。"), rng) for _ in range(200)}
    assert len(made) > 2
    assert not any(pair.text == said.text and pair.response != said.response for pair in made)


def test_a_part_of_a_symbol_is_never_exchanged() -> None:
    said = [
        Pair(f"{verb}{device}{end}", f"好的，已{done}{device}。")
        for device in ("空调", "空气净化器", "灯")
        for verb, done in (("打开", "打开"), ("关掉", "关闭"), ("启动", "打开"))
        for end in ("", "吧", "。")
    ]
    swaps = Swaps.of(said, train_pieces({pair.response for pair in said}))
    assert "调" not in swaps.partners
    made = {swaps.exchange(Pair("空调，打开吧", "好的，已打开空调。"), random.Random(seed)) for seed in range(50)}
    assert made == {Pair(f"{device}，打开吧", f"好的，已打开{device}。") for device in ("空气净化器", "灯")}


def test_what_changes_the_command_is_not_left_out() -> None:
    said = [
        Pair(f"{say}{room}{device}{end}", f"好的，已{done}{room}{device}。")
        for room in (*ROOMS, "")
        for device in ("电视", "电视字幕", "风扇", "空调", "音箱")
        for say, done in (("打开", "打开"), ("关掉", "关闭"))
        for end in ("", "吧")
    ]
    swaps = Swaps.of(said, train_pieces({pair.response for pair in said}))
    assert "" in dict(swaps.partners["客厅"])
    assert "" not in dict(swaps.partners.get("字幕", ()))


def test_a_pair_without_a_span_stays(pieces: Pieces) -> None:
    pair = Pair("太黑了", "好的，已打开灯。")
    assert Swaps.of(pairs(), pieces).exchange(pair, random.Random(1)) == pair


def test_pairs_are_joined_as_they_are_joined_by_people(pieces: Pieces) -> None:
    joins = Joins.of(pairs(), pieces)
    assert joins.between == (("，再", 17),)
    assert joins.counts == ((2, 17),)
    joined = joins.join(
        [Pair("打开卧室灯。", "好的，已打开卧室灯。"), Pair("请关掉空调！", "好的，已关闭空调。")], random.Random(1)
    )
    assert joined == Pair("打开卧室灯，再请关掉空调！", "好的，已打开卧室灯；已关闭空调。")


def test_joined_pairs_are_taken_apart_where_their_order_can_be_told(pieces: Pieces) -> None:
    joins = Joins.of(pairs(), pieces)
    said = Pair("打开卧室灯，再关掉卧室空调。", "好的，已打开卧室灯；已关闭卧室空调。")
    light, cooler = Pair("打开卧室灯", "好的，已打开卧室灯。"), Pair("关掉卧室空调", "好的，已关闭卧室空调。")
    assert joins.parts(said) == [light, cooler]
    assert joins.parts(Pair(said.text, "好的，已关闭卧室空调；已打开卧室灯。")) == []
    assert joins.parts(Pair("打开卧室灯。", "好的，已打开卧室灯。")) == []


def test_nothing_is_joined_where_nothing_was(pieces: Pieces) -> None:
    single = [pair for pair in pairs() if len(pieces.clauses(pair.response)) == 1]
    assert not Joins.of(single, pieces)
    made = list(Augmenter(single, pieces, Shares(0.0, 1.0)).make(150, 1))
    assert set(made) == set(single)


def test_the_pairs_come_first_and_the_same_seed_gives_the_same(pieces: Pieces) -> None:
    augmenter = Augmenter(pairs(), pieces, Shares())
    made = list(augmenter.make(400, 7))
    assert made[: len(pairs())] == pairs()
    assert made == list(Augmenter(pairs(), pieces, Shares()).make(400, 7))
    assert made != list(augmenter.make(400, 8))
    assert len(made) == 400
    for pair in made:  # what is said and what is answered still agree
        assert all(room in pair.text for room in ROOMS if room in pair.response)
        assert stripped(pair.text)
