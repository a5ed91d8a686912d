from pathlib import Path

import numpy as np
import pytest

from scenic_iot.command.errors import CommandError
from scenic_iot.command.symbols import Symbols
from scenic_iot.text.tokenizer import split
from scenic_iot.train.corpus import Corpus, build_corpus, collect, join

from .toy import ToyPair, toy_pairs


def pieces(corpus: Corpus, index: int) -> list[str]:
    a, b = corpus.source_offsets[index : index + 2]
    return [corpus.pieces[place] for place in corpus.source[a:b]]


def symbols_of(corpus: Corpus, index: int) -> list[int]:
    a, b = corpus.target_offsets[index : index + 2]
    return corpus.target[a:b].tolist()


def test_texts_are_normalised_and_split_and_commands_encoded(symbols: Symbols) -> None:
    corpus = collect([ToyPair("Turn  ON the \ue000!", "#1 power=on"), ToyPair("開燈", "light power=on")], symbols)
    assert pieces(corpus, 0) == split("turn on the \ue000")
    assert pieces(corpus, 1) == split("开灯")
    assert [symbols.tokens[index] for index in symbols_of(corpus, 1)] == ["light", "power=", "on", "<eos>"]
    assert corpus.counts()["on"] == 1


def test_a_command_without_symbols_is_refused(symbols: Symbols) -> None:
    with pytest.raises((CommandError, KeyError)):
        collect([ToyPair("boil the moon", "moon power=on")], symbols)


def test_joined_in_order(symbols: Symbols) -> None:
    first, second = collect(toy_pairs(1, 30), symbols), collect(toy_pairs(2, 20), symbols)
    both = join([first, second])
    assert len(both) == 50
    assert all(pieces(both, 30 + index) == pieces(second, index) for index in range(20))
    assert all(symbols_of(both, 30 + index) == symbols_of(second, index) for index in range(20))
    part = both.take(30, 50)
    assert len(part) == 20
    assert pieces(part, 3) == pieces(second, 3)


def test_the_number_of_processes_changes_nothing() -> None:
    alone = build_corpus(toy_pairs, 95, 7, shard=40)
    together = build_corpus(toy_pairs, 95, 7, shard=40, workers=2)
    assert len(alone) == 95
    assert alone.digest() == together.digest()
    assert alone.digest() != build_corpus(toy_pairs, 95, 8, shard=40).digest()


def test_saved_and_loaded(corpus: Corpus, tmp_path: Path) -> None:
    corpus.save(tmp_path / "corpus.npz")
    loaded = Corpus.load(tmp_path / "corpus.npz")
    assert loaded.digest() == corpus.digest()
    assert loaded.pieces == corpus.pieces
    np.testing.assert_array_equal(loaded.target_offsets, corpus.target_offsets)
