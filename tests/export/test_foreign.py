"""From a foreign checkpoint to a bundle that understands commands."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")

from scenic_iot.export.make import export_bundle
from scenic_iot.runtime.bundle import BundleError, load_bundle
from scenic_iot.runtime.pipeline import Interpreter
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import train_recipe
from scenic_iot.train.recipe import ModelSettings
from tests.model.foreign.checkpoints import make
from tests.train.toy import toy_pairs

from .test_commands import RECIPE

FAMILY = {"bert": "encoder", "qwen3": "decoder", "t5-v1.1": "encoder_decoder"}


@pytest.mark.parametrize("kind", FAMILY)
def test_a_checkpoint_learns_commands(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(kind, tmp_path / "checkpoint")
    learning = replace(RECIPE.train, learning_rate=0.003, epochs=12) if kind == "bert" else RECIPE.train
    recipe = replace(RECIPE, model=ModelSettings(init=str(tmp_path / "checkpoint")), train=learning)
    trained = train_recipe(recipe, tmp_path / "work", Machine(torch.device("cpu")), source=toy_pairs, show=False)
    assert trained.model.family == FAMILY[kind]
    bundle = load_bundle(export_bundle(trained, tmp_path / "bundle"))
    interpreter = Interpreter(bundle)
    pairs = [pair for pair in toy_pairs(99, 60) if "#" not in pair.command]
    assert sum(interpreter(pair.text).command == pair.command for pair in pairs) >= 0.8 * len(pairs)
    assert kind != "bert" or interpreter("ж").command == "reject out_of_scope"
    own = (tmp_path / "checkpoint" / "tokenizer.json").read_bytes()
    assert (bundle.path / "tokenizer.json").read_bytes() == own
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(BundleError, match=r"pip install 'scenic-iot\[hf\]'"):
        load_bundle(bundle.path)
