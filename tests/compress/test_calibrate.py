import pytest
import torch

from scenic_iot.command.symbols import Symbols
from scenic_iot.compress.calibrate import calibration, choose, stratum
from scenic_iot.model.base import Model
from scenic_iot.model.presets import build, configure
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus, collect
from tests.train.toy import ToyPair

RARE = [
    ToyPair("open the curtain", "curtain position=open"),
    ToyPair("关掉电视，打开风扇", "tv power=off; fan power=on"),
    ToyPair("what time is it", "reject out_of_scope"),
]


def skewed(symbols: Symbols) -> Corpus:
    """A thousand sentences alike, then one of each other kind."""
    return collect([*[ToyPair("turn on the light", "light power=on")] * 1000, *RARE], symbols)


def model_for(tokens: int, corpus: Corpus) -> Model:
    from tests.model.tiny import GRID

    torch.manual_seed(0)
    grid = type(GRID)("pbe" + "v" * 500)
    return build(configure("encoder_decoder", tokens, grid, {"width": 16, "heads": 2, "hidden": 16}))


def test_a_stratum_is_device_language_and_number_of_actions(symbols: Symbols) -> None:
    found = [stratum(skewed(symbols), index, symbols.ids[";"]) for index in (0, 1001, 1002)]
    assert found == [
        (symbols.ids["light"], "en", 1),
        (symbols.ids["tv"], "zh", 2),
        (symbols.ids["reject out_of_scope"], "en", 1),
    ]


def test_few_rows_hold_every_kind(symbols: Symbols) -> None:
    data = skewed(symbols)
    chosen = choose(data, symbols.ids[";"], 8)
    assert len(chosen) == len(set(chosen)) == 8
    kinds = {stratum(data, index, symbols.ids[";"]) for index in chosen}
    assert {symbols.tokens[first] for first, _, _ in kinds} == {"light", "curtain", "tv", "reject out_of_scope"}
    assert choose(data, symbols.ids[";"], 8) == chosen
    assert len(choose(data, symbols.ids[";"], 5000)) == len(data)


def test_calibration_is_encoded_and_batched(corpus: Corpus, tokenizer: Tokenizer, symbols: Symbols) -> None:
    data = calibration(corpus, tokenizer, symbols.ids[";"], model_for(len(tokenizer), corpus), 100)
    assert len(data.pairs) == sum(len(batch.source) for batch in data.batches) == 100
    assert data.strata >= 6
    assert len(data.sentences()) == len(data.targets()) == 100
    assert all(target[-1] == 2 for target in data.targets())


def test_tokens_past_the_embedding_are_an_error(corpus: Corpus, tokenizer: Tokenizer, symbols: Symbols) -> None:
    with pytest.raises(ValueError, match="is past the embedding, which has 70 rows"):
        calibration(corpus, tokenizer, symbols.ids[";"], model_for(70, corpus), 100)
