import pytest

from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.model.tokenizer_train import train_tokenizer
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus, collect

from .toy import toy_pairs


@pytest.fixture(scope="session")
def symbols() -> Symbols:
    return Symbols(load_catalogue())


@pytest.fixture(scope="session")
def corpus(symbols: Symbols) -> Corpus:
    return collect(toy_pairs(0, 500), symbols)


@pytest.fixture(scope="session")
def tokenizer(corpus: Corpus) -> Tokenizer:
    return train_tokenizer(corpus.counts(), tuple(load_catalogue().devices), 200)
