import pickle
import sys
from pathlib import Path

import pytest

pytest.importorskip("transformers")

from scenic_iot.text.foreign import ForeignTokenizer, load_tokenizer
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import TokenizerError, join, split
from tests.model.foreign.checkpoints import bert_tokenizer, llama_tokenizer, t5_tokenizer

TYPES = ("light", "fan")


@pytest.mark.parametrize(
    "text",
    ["turn off the light", "set it to 26c", "10 20 30%", "打开kitchen的灯", "turn on \ue041 please", "7:30 pm", ""],
)
def test_pieces_can_be_put_together(text: str) -> None:
    pieces = split(normalise(text, placeholders=True))
    assert split(join(pieces)) == pieces


@pytest.mark.parametrize("make", [bert_tokenizer, llama_tokenizer, t5_tokenizer])
def test_ids_are_those_of_the_library(make) -> None:
    library = make()
    tokenizer = ForeignTokenizer(library.to_str(), TYPES)
    for text in ("turn off the light", "打开厨房灯", "set it to 26"):
        assert [token - tokenizer.shift for token in tokenizer.encode(text)] == library.encode(text).ids
    assert len(tokenizer.encode("")) == tokenizer.overhead
    assert 0 not in tokenizer.encode("turn off the light")


def test_names_are_tokens_of_their_own() -> None:
    tokenizer = ForeignTokenizer(bert_tokenizer().to_str(), TYPES)
    plain = tokenizer.encode("turn on the fan")
    named = tokenizer.encode("turn on \ue041 the fan")  # the second name, of the type of index 1
    assert [token for token in named if token < tokenizer.own] == plain
    assert [token - tokenizer.own for token in named if token >= tokenizer.own] == [6, 2]
    assert [t - tokenizer.own for t in tokenizer.encode("\ue402") if t >= tokenizer.own] == [0, 3]
    assert len(tokenizer) == tokenizer.own + 7


def test_what_is_known() -> None:
    tokenizer = ForeignTokenizer(bert_tokenizer().to_str(), TYPES)
    assert tokenizer.knows(tokenizer.encode("turn off"))
    assert not tokenizer.knows(tokenizer.encode("ж"))


def test_it_travels(tmp_path: Path) -> None:
    tokenizer = ForeignTokenizer(llama_tokenizer().to_str(), TYPES)
    tokenizer.save(tmp_path / "tokenizer.json")
    for other in (
        load_tokenizer(tmp_path / "tokenizer.json", "huggingface", TYPES),
        pickle.loads(pickle.dumps(tokenizer)),
    ):
        assert other.encode("turn off the light") == tokenizer.encode("turn off the light")


def test_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TokenizerError, match="not a tokenizer"):
        ForeignTokenizer("{}", TYPES)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(TokenizerError, match=r"pip install 'scenic-iot\[hf\]'"):
        ForeignTokenizer("{}", TYPES)
