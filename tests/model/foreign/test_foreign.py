import json
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")

from scenic_iot.model.decoder import Decoder
from scenic_iot.model.encoder_decoder import EncoderDecoder
from scenic_iot.model.foreign import Foreign, ForeignError, load_foreign, with_symbols
from scenic_iot.model.foreign.bert import MaskedLM
from tests.model.tiny import GRID

from .checkpoints import KINDS, make

ROWS = torch.tensor([[6, 15, 2, 0, 0, 0], [6, 13, 20, 3, 7, 2]])


def logits(foreign: Foreign, ids: torch.Tensor, written: torch.Tensor) -> torch.Tensor:
    """What the foreign model makes of its own ids here: of `ids` if it is BERT, else of `written` after `ids`."""
    model, shift = foreign.model, foreign.tokenizer.shift
    with torch.no_grad():
        if isinstance(model, MaskedLM):
            return model.logits(ids + shift)[..., shift:]
        if isinstance(model, EncoderDecoder):
            return model.decode(written + shift, *model.encode(ids + shift))[..., shift:]
        assert isinstance(model, Decoder)
        states = model.states(ids + shift, written + shift)[:, ids.shape[1] :]
        return model.write(states)[..., shift:]


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_transformers(kind: str, tmp_path: Path) -> None:
    theirs = make(kind, tmp_path)
    foreign = load_foreign(tmp_path)
    vocabulary = foreign.model.config.vocabulary - foreign.tokenizer.shift
    ids, written = torch.randint(3, vocabulary, (2, 9)), torch.randint(3, vocabulary, (2, 5))
    with torch.no_grad():
        if kind == "bert":
            wanted = theirs(ids).logits
        elif "t5" in kind:
            wanted = theirs(input_ids=ids, decoder_input_ids=written).logits
        else:
            wanted = theirs(torch.cat([ids, written], dim=1)).logits[:, 9:]
    assert wanted.std() > 0.1
    torch.testing.assert_close(logits(foreign, ids, written), wanted, atol=1e-4, rtol=1e-4)


def test_shards_are_put_together(tmp_path: Path) -> None:
    make("qwen2", tmp_path / "whole")
    make("qwen2", tmp_path / "shards", shard="40KB")
    assert len(list((tmp_path / "shards").glob("*.safetensors"))) > 1
    one, other = (load_foreign(tmp_path / name).model.state_dict() for name in ("whole", "shards"))
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kind", ["t5", "llama", "bert"])
def test_what_is_read_is_taken_over_and_what_is_written_is_new(kind: str, tmp_path: Path) -> None:
    make(kind, tmp_path)
    foreign = load_foreign(tmp_path, ("light", "fan"))
    model = with_symbols(foreign, GRID, {"dropout": 0.0, "max_source": 64}).eval()
    sentence = torch.tensor([foreign.tokenizer.encode("turn on \ue041")])
    assert sentence.max() == len(foreign.tokenizer) - 1 < model.config.vocabulary
    out = model(sentence, ROWS[1:])
    assert out.logits.shape[-1] == 30
    known = torch.tensor([foreign.tokenizer.encode("turn on the fan")])
    with torch.no_grad():
        if isinstance(foreign.model, MaskedLM | EncoderDecoder):
            torch.testing.assert_close(foreign.model.encode(known)[0], model.encode(known)[0])  # type: ignore[operator]
        else:
            torch.testing.assert_close(foreign.model.pool(known), model.pool(known))


def test_errors_say_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ForeignError, match=r"config\.json"):
        load_foreign(tmp_path)
    make("llama", tmp_path)
    foreign = load_foreign(tmp_path)
    with pytest.raises(ForeignError, match="has the shape"):
        with_symbols(foreign, GRID, {"hidden": 64})
    with pytest.raises(ForeignError, match="layerss"):
        with_symbols(foreign, GRID, {"layerss": 64})
    config = json.loads((tmp_path / "config.json").read_text())
    for change, message in (
        ({"rope_parameters": {"rope_type": "llama3"}}, "rotary positions that are scaled"),
        ({"attention_bias": True}, "attention_bias True is not supported"),
        ({"num_hidden_layers": 3}, r"no 'model\.layers\.2"),
        ({"head_dim": 16}, "do not fit"),
        ({"model_type": "gpt2"}, "there are loaders for t5"),
    ):
        (tmp_path / "config.json").write_text(json.dumps(config | change))
        with pytest.raises(ForeignError, match=message):
            load_foreign(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ForeignError, match=r"no tokenizer\.json"):
        load_foreign(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ForeignError, match=r"no model\.safetensors"):
        load_foreign(tmp_path)
