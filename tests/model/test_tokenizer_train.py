from collections import Counter

import pytest

from scenic_iot.model.tokenizer_train import count_pieces, train_tokenizer
from scenic_iot.text.tokenizer import base_alphabet, special_tokens

TEXTS = ["lower lowest low", "newer newest new", "灯灯灯灯关关关开"]
FIXED = len(special_tokens(())) + len(base_alphabet())


def test_characters_come_first_then_the_most_useful_merges() -> None:
    tokenizer = train_tokenizer(count_pieces(TEXTS), (), FIXED + 5)
    assert tokenizer.tokens[FIXED : FIXED + 2] == ("灯", "关")  # seen three times or more; 开 is not
    assert [left + right for left, right in tokenizer.merges] == ["we", "▁lo", "▁ne"]


def test_frequent_words_become_one_token() -> None:
    tokenizer = train_tokenizer(count_pieces(TEXTS * 5), (), 400)
    assert all(len(tokenizer.encode(word)) == 2 for word in ("lowest", "new", "newer"))


def test_letter_by_letter() -> None:
    tokenizer = train_tokenizer(count_pieces(TEXTS), (), 400, "character")
    assert tokenizer.merges == ()
    assert len(tokenizer.encode("lower")) == 6


def test_the_order_of_the_counts_does_not_matter() -> None:
    counts = count_pieces(TEXTS * 3)
    backwards = Counter(dict(reversed(counts.items())))
    assert train_tokenizer(counts, ("light",), 220).tokens == train_tokenizer(backwards, ("light",), 220).tokens


def test_counts_stay_true_while_merging() -> None:
    tokenizer = train_tokenizer({"aaaa": 3, "aaa": 2, "baab": 4}, (), FIXED + 20, min_count=1)
    assert tokenizer.decode(tokenizer.encode("aaaa baab aaa")) == "aaaa baab aaa"
    assert all(len(tokenizer.encode(word)) == 2 for word in ("aaaa", "baab", "aaa"))


def test_too_small() -> None:
    with pytest.raises(ValueError, match="too small"):
        train_tokenizer({}, ("light",), 20)
