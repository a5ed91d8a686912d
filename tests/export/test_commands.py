"""From a recipe to a bundle to commands: PyTorch, float32 ONNX and the bundle agree on what sentences mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch

from scenic_iot.command.automaton import Automaton
from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.export.make import export_bundle
from scenic_iot.export.onnx import export_onnx
from scenic_iot.export.parity import check_parity
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.runtime.decode import Floats, Indices, Step, beam_search
from scenic_iot.runtime.pipeline import Interpreter
from scenic_iot.runtime.session import Reading
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import Trained, train_recipe
from scenic_iot.train.recipe import DataSettings, ModelSettings, Recipe, TokenizerSettings, TrainSettings
from tests.train.toy import toy_pairs

RECIPE = Recipe(
    "toy",
    seed=5,
    data=DataSettings(pairs=1500, held_out=500),
    tokenizer=TokenizerSettings(size=200),
    model=ModelSettings("encoder_decoder", "nano", {"width": 32, "hidden": 32, "encoder_layers": 1}),
    train=TrainSettings(epochs=6, batch=32, learning_rate=0.01, evaluations=1),
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("toy")
    return train_recipe(RECIPE, folder, Machine(torch.device("cpu")), source=toy_pairs, show=False)


class TorchStep:
    """A step of the decoder without a cache: all symbols again each time."""

    def __init__(self, trained: Trained, tokens: list[int]) -> None:
        self.model, self.rows = trained.model, np.zeros((1, 0), dtype=np.int64)
        with torch.no_grad():
            self.memory, self.bias = self.model.encode(torch.tensor([tokens]))

    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        old = self.rows if parents is None else self.rows[parents]
        self.rows = np.concatenate([old, tokens[:, None]], axis=1)
        count = len(self.rows)
        with torch.no_grad():
            logits = self.model.decode(
                torch.from_numpy(self.rows), self.memory.expand(count, -1, -1), self.bias.expand(count, -1, -1, -1)
            )
        result: Floats = logits[:, -1].numpy()
        return result


def test_500_sentences_mean_the_same(trained: Trained, tmp_path: Path) -> None:
    exported = export_onnx(trained.model, tmp_path)
    encoder, decoder = (ort.InferenceSession(path) for path in (exported.encoder, exported.decoder))
    rows, head = (decoder.get_inputs()[1].shape[i] for i in (1, 3))
    empty = np.zeros((1, rows, 0, head), dtype=np.float32)
    automaton = Automaton(trained.symbols, load_catalogue())
    sentences = [trained.held_out[i][0].tolist() for i in range(500)]
    parity = check_parity(trained.model, exported, sentences)
    assert parity.sentences == 500
    assert parity.difference < 1e-4
    for tokens in sentences:
        ids = np.array([tokens], dtype=np.int64)
        (cross,) = encoder.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        found = []
        for step in (TorchStep(trained, tokens), Reading(decoder, cross, np.ones_like(ids), empty)):
            found.append(_commands(trained, automaton, step))
        assert found[0] == found[1]


def _commands(trained: Trained, automaton: Automaton, step: Step) -> list[str]:
    names = ("light",)  # a placeholder may be in any sentence of the toy language
    found = beam_search(step, automaton, automaton.start(names), begin=BOS, end=EOS, beams=1, longest=24)
    return [str(trained.symbols.decode(h.symbols, ("mine",))) for h in found]


@pytest.mark.parametrize("int8", [False, True])
def test_a_bundle_understands_what_was_learned(trained: Trained, tmp_path: Path, int8: bool) -> None:
    recipe = replace(RECIPE, export=replace(RECIPE.export, int8=int8))
    bundle = load_bundle(export_bundle(replace(trained, recipe=recipe), tmp_path / "bundle"))
    interpreter = Interpreter(bundle)
    pairs = [pair for pair in toy_pairs(99, 150) if "#" not in pair.command]
    right = sum(interpreter(pair.text).command == pair.command for pair in pairs)
    assert right >= 0.95 * len(pairs)
    assert bundle.config["precision"] == ("int8" if int8 else "float32")
    assert set(bundle.config["files"]) == {path.name for path in bundle.path.iterdir()} - {"config.json"}
