import pytest
import torch

from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus
from scenic_iot.train.dataset import Layout
from scenic_iot.train.epochs import Epochs, Speller

from .test_dataset import rows

LAYOUT = Layout(16, (64, 32), torch.device("cpu"), classes=(3, 2))


@pytest.fixture
def speller(corpus: Corpus, tokenizer: Tokenizer) -> Speller:
    return Speller(corpus, tokenizer, LAYOUT, seed=1, dropout=0.3)


def test_new_spellings_every_epoch_until_they_come_round(speller: Speller) -> None:
    epochs = Epochs(speller, 2)
    tokens = [sorted(rows(epochs.batches(epoch))) for epoch in range(3)]
    assert tokens[0] != tokens[1]
    assert tokens[0] == tokens[2]
    assert len(epochs) == pytest.approx(len(list(epochs.batches(1))), abs=3)


def test_an_epoch_does_not_depend_on_those_before(speller: Speller) -> None:
    first, second = Epochs(speller, 2), Epochs(speller, 2)
    list(first.batches(0))
    assert rows(first.batches(1, 3)) == rows(second.batches(1, 3))


def test_helping_processes_make_the_same(speller: Speller) -> None:
    alone, helped = Epochs(speller, 3), Epochs(speller, 3, helpers=2)
    assert alone.shapes == helped.shapes
    assert all(rows(alone.batches(epoch)) == rows(helped.batches(epoch)) for epoch in (0, 2, 1, 4))


def test_without_dropout_there_is_one_encoding(corpus: Corpus, tokenizer: Tokenizer) -> None:
    epochs = Epochs(Speller(corpus, tokenizer, LAYOUT, 1, 0.0), 4)
    assert sorted(rows(epochs.batches(0))) == sorted(rows(epochs.batches(1)))
    assert rows(epochs.batches(0)) != rows(epochs.batches(1))
