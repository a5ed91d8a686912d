import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenic_iot.model.tokenizer_train import count_pieces, train_tokenizer
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import (
    PAD,
    START,
    UNK,
    Tokenizer,
    TokenizerError,
    named_area,
    named_device,
    split,
)

TYPES = ("light", "fan", "tv")
TEXTS = ["turn off the lights", "switch the light on", "把灯关了", "把tv调到50%", "26c at 10:30 pm"] * 3


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(count_pieces(TEXTS), TYPES, 200)


def words(tokenizer: Tokenizer, text: str) -> list[str]:
    return [tokenizer.tokens[index] for index in tokenizer.encode(text)]


def test_words_characters_and_digits(tokenizer: Tokenizer) -> None:
    assert words(tokenizer, "turn off") == ["<s>", "▁turn", "▁off"]
    assert words(tokenizer, "把tv调到50%") == ["<s>", "把", "▁tv", "调", "到", "5", "0", "%"]
    assert words(tokenizer, "26c at 2 30") == ["<s>", "2", "6", "c", "▁at", "2", "▁", "3", "0"]
    assert words(tokenizer, "") == ["<s>"]


def test_unknown_words_fall_into_letters_and_unknown_characters_are_unk(tokenizer: Tokenizer) -> None:
    assert words(tokenizer, "zq") == ["<s>", "▁z", "q"]
    assert tokenizer.encode("龘") == [START, UNK]


def test_placeholders(tokenizer: Tokenizer) -> None:
    text = f"打{named_device(1, 2)}和{named_area(0)}"
    assert words(tokenizer, text)[2:] == ["<dev:tv>", "<2>", "<unk>", "<area>", "<1>"]
    assert named_device(3, 63) == chr(0xE000 + 64 * 3 + 63)
    assert tokenizer.encode(named_device(0, 3)) == [START, UNK]  # a type that this vocabulary lacks


@pytest.mark.parametrize(("index", "kind"), [(4, 0), (-1, 0), (0, 64)])
def test_no_such_placeholder(index: int, kind: int) -> None:
    with pytest.raises(ValueError, match="no placeholder"):
        named_device(index, kind)
    with pytest.raises(ValueError, match="no placeholder"):
        named_area(3)


def test_dropout_splits_words_in_other_ways_that_spell_the_same(tokenizer: Tokenizer) -> None:
    rng = np.random.default_rng(0)
    plain = tokenizer.encode("switch the lights")
    ways = {tuple(tokenizer.encode("switch the lights", 0.5, rng)) for _ in range(20)}
    assert len(ways) > 3
    assert {tokenizer.decode(way) for way in ways} == {tokenizer.decode(plain)}
    assert tokenizer.encode("switch the lights") == plain


@given(st.text(max_size=40).map(normalise))
def test_every_text_has_tokens(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert ids[0] == START
    assert all(PAD < index < len(tokenizer) for index in ids)
    assert ids == [token for piece in split(text) for token in tokenizer.piece(piece)]


@given(st.text(alphabet="abc xyz'0123456789%", max_size=30).map(normalise))
def test_known_characters_are_never_lost(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)).replace(" ", "") == text.replace(" ", "")


def test_long_words_are_cut(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode("z" * 400)) == 401


def test_saved_and_loaded(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.tokens == tokenizer.tokens
    assert loaded.mode == "subword"
    assert all(loaded.encode(text) == tokenizer.encode(text) for text in TEXTS)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer.json"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "newer"),
        ({"tokens": ["<pad>"]}, "does not begin"),
        ({"merges": ["a zz"]}, "a merge needs 'zz'"),
        ({"merges": None}, "not a tokenizer"),
    ],
)
def test_a_wrong_file_is_refused(tokenizer: Tokenizer, change: dict[str, object], message: str) -> None:
    content = json.loads(tokenizer.to_json()) | change
    with pytest.raises(TokenizerError, match=message):
        Tokenizer.from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense"])
def test_something_else_is_refused(text: str) -> None:
    with pytest.raises(TokenizerError, match="not a tokenizer"):
        Tokenizer.from_json(text)
