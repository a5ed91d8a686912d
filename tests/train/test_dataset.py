import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenic_iot.command.symbols import Symbols
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.dataset import EncodedPairs, Layout, bucketed, encode, encode_corpus

from .toy import toy_pairs

CPU = torch.device("cpu")
LAYOUT = Layout(16, (64, 32), CPU, classes=(3, 2))


def rows(batches: object) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every pair of some batches without its padding."""
    return [
        (tuple(s[s != 0].tolist()), tuple(t[t != 0].tolist()))
        for batch in batches  # type: ignore[attr-defined]
        for s, t in zip(batch.source, batch.target, strict=True)
    ]


def given_pairs(pairs: EncodedPairs) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    return [(tuple(pairs[i][0].tolist()), tuple(pairs[i][1].tolist())) for i in range(len(pairs))]


def test_encoding_is_what_the_tokenizer_says(tokenizer: Tokenizer, symbols: Symbols) -> None:
    encoded = encode_corpus(toy_pairs(3, 50), tokenizer, symbols)
    for index, pair in enumerate(toy_pairs(3, 50)):
        assert encoded[index][0].tolist() == tokenizer.encode(normalise(pair.text, placeholders=True))


def test_random_spellings_spell_the_same(corpus: Corpus, tokenizer: Tokenizer) -> None:
    plain, random = encode(corpus, tokenizer), encode(corpus, tokenizer, 0.3, seed=1)
    assert len(random.source) > len(plain.source)
    assert all(tokenizer.decode(random[i][0]) == tokenizer.decode(plain[i][0]) for i in range(len(plain)))
    np.testing.assert_array_equal(random.source, encode(corpus, tokenizer, 0.3, seed=1).source)
    assert not np.array_equal(random.source[:500], encode(corpus, tokenizer, 0.3, seed=2).source[:500])


@pytest.mark.parametrize("static", [False, True])
def test_an_epoch_holds_every_pair_once(corpus: Corpus, tokenizer: Tokenizer, static: bool) -> None:
    pairs = encode(corpus, tokenizer)
    layout = Layout(16, (64, 32), CPU, classes=(3, 2), multiple=2, static=static)
    data = bucketed(pairs, layout)
    batches = list(data.batches(0, 0))
    assert len(batches) == len(data)
    assert len({tuple(batch.source.shape) for batch in batches}) > 1
    assert sorted(row for row in rows(batches) if row[1]) == sorted(given_pairs(pairs))
    assert sorted(rows(data.once())) == sorted(given_pairs(pairs))
    if static:
        assert {len(batch.source) for batch in batches} == {16}
        assert all(batch.source.shape[1] % 2 == 0 for batch in batches)


def test_order_follows_from_seed_and_epoch(corpus: Corpus, tokenizer: Tokenizer) -> None:
    pairs = encode(corpus, tokenizer)
    data = bucketed(pairs, LAYOUT)
    whole = rows(data.batches(5, 1))
    assert rows(data.batches(5, 1)) == whole
    assert rows(data.batches(5, 2)) != whole
    skipped = rows(data.batches(5, 1, skip=4))
    assert skipped == whole[-len(skipped) :]
    assert len(whole) - len(skipped) in range(4, 65)


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 40)), min_size=1, max_size=60),
    classes=st.tuples(st.integers(1, 5), st.integers(1, 3)),
    multiple=st.sampled_from([1, 8]),
    batch=st.integers(1, 9),
)
def test_any_lengths_find_a_bucket(
    lengths: list[tuple[int, int]], classes: tuple[int, int], multiple: int, batch: int
) -> None:
    sizes, widths = zip(*lengths, strict=True)
    pairs = EncodedPairs(
        np.ones(sum(sizes), dtype=np.int16),
        np.cumsum([0, *sizes]),
        np.ones(sum(widths), dtype=np.int16),
        np.cumsum([0, *widths]),
    )
    layout = Layout(batch, (64, 32), CPU, classes, multiple)
    data = bucketed(pairs, layout)
    cut = sorted((min(size, 64), min(width, 32)) for size, width in lengths)
    assert sorted((len(s), len(t)) for s, t in rows(data.once())) == cut


@pytest.mark.parametrize("static", [False, True])
def test_arranged_batches_hold_each_pair_once_with_its_like(corpus: Corpus, tokenizer: Tokenizer, static: bool) -> None:
    layout = Layout(16, (64, 32), CPU, classes=(3, 2), arranged=True, static=static)
    made = bucketed(encode(corpus, tokenizer), layout)
    batches = list(made.batches(seed=1, epoch=0))
    assert sorted(row for row in rows(batches) if row[1]) == sorted(given_pairs(encode(corpus, tokenizer)))
    again, other = (list(made.batches(seed=1, epoch=epoch)) for epoch in (0, 1))
    assert all(torch.equal(a.source, b.source) for a, b in zip(batches, again, strict=True))
    assert any(not torch.equal(a.source, b.source) for a, b in zip(batches, other, strict=True))
    commands = [[row[1] for row in rows([batch])] for batch in batches]
    lonely = sum(found.count(command) == 1 for found in commands for command in found)
    assert lonely < 0.1 * len(corpus)
