"""From a recipe to a bundle to commands: PyTorch, float32 ONNX and the bundle agree on what sentences mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from scenic_iot.command.automaton import Automaton
from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.export.make import export_bundle
from scenic_iot.export.onnx import export_onnx
from scenic_iot.export.parity import check_parity
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.model.encoder import Encoder
from scenic_iot.model.presets import FAMILIES
from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.runtime.decode import Floats, Indices, Step, beam_search
from scenic_iot.runtime.grid import GridReader, GridReading
from scenic_iot.runtime.pipeline import Interpreter
from scenic_iot.runtime.session import Session
from scenic_iot.train.loop import Machine
from scenic_iot.train.pipeline import Trained, train_recipe
from scenic_iot.train.recipe import (
    DataSettings,
    ExportSettings,
    ModelSettings,
    Recipe,
    TokenizerSettings,
    TrainSettings,
)
from tests.train.toy import toy_pairs

from .test_bundle import SMALL

RECIPE = Recipe(
    "toy",
    seed=5,
    data=DataSettings(pairs=1500, held_out=500),
    tokenizer=TokenizerSettings(size=200),
    train=TrainSettings(epochs=6, batch=32, learning_rate=0.01, evaluations=1),
)


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    recipe = replace(RECIPE, model=ModelSettings(request.param, "nano", SMALL[request.param]))
    folder = tmp_path_factory.mktemp("toy")
    return train_recipe(recipe, folder, Machine(torch.device("cpu")), source=toy_pairs, show=False)


class TorchStep:
    """A step by the model itself, without a cache: all symbols again each time, and one more to be told."""

    def __init__(self, trained: Trained, tokens: list[int]) -> None:
        self.model, self.source = trained.model, torch.tensor([tokens])
        self.rows = np.zeros((1, 0), dtype=np.int64)

    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        if parents is not None:
            self.rows = np.concatenate([self.rows[parents], tokens[:, None]], axis=1)
        target = torch.from_numpy(np.pad(self.rows, ((0, 0), (0, 1))))
        with torch.no_grad():
            logits = self.model(self.source.expand(len(target), -1), target).logits
        result: Floats = logits[:, -1].numpy()
        return result


def torch_step(trained: Trained, tokens: list[int]) -> Step:
    """The model itself, as a step."""
    if not isinstance(trained.model, Encoder):
        return TorchStep(trained, tokens)
    longest = torch.zeros(1, trained.model.config.max_target, dtype=torch.long)
    with torch.no_grad():
        cells = trained.model(torch.tensor([tokens]), longest).logits.log_softmax(-1)[0]
    return GridReading(GridReader(trained.model.config.grid), cells.numpy())


def test_500_sentences_mean_the_same(trained: Trained, tmp_path: Path) -> None:
    exported = export_onnx(trained.model, tmp_path)
    float32 = replace(trained, recipe=replace(trained.recipe, export=ExportSettings(int8=False)))
    session = Session(load_bundle(export_bundle(float32, tmp_path / "bundle")))
    automaton = Automaton(trained.symbols, load_catalogue())
    sentences = [trained.held_out[i][0].tolist() for i in range(500)]
    parity = check_parity(trained.model, exported, sentences)
    assert parity.sentences == 500
    assert parity.difference < 1e-4
    for tokens in sentences:
        steps = torch_step(trained, tokens), session.read(tokens)
        found = [_commands(trained, automaton, step) for step in steps]
        assert found[0] == found[1]


def _commands(trained: Trained, automaton: Automaton, step: Step) -> list[str]:
    names = ("light",)  # a placeholder may be in any sentence of the toy language
    found = beam_search(step, automaton, automaton.start(names), begin=BOS, end=EOS, beams=1, longest=24)
    return [str(trained.symbols.decode(h.symbols, ("mine",))) for h in found]


@pytest.mark.parametrize("int8", [False, True])
def test_a_bundle_understands_what_was_learned(trained: Trained, tmp_path: Path, int8: bool) -> None:
    recipe = replace(trained.recipe, export=ExportSettings(int8=int8))
    bundle = load_bundle(export_bundle(replace(trained, recipe=recipe), tmp_path / "bundle"))
    interpreter = Interpreter(bundle)
    pairs = [pair for pair in toy_pairs(99, 150) if "#" not in pair.command]
    right = sum(interpreter(pair.text).command == pair.command for pair in pairs)
    assert right >= 0.95 * len(pairs)
    many = [interpreter(pair.text) for pair in pairs]
    assert all(result.confidence >= max([0.0, *(a.confidence for a in result.alternatives)]) for result in many)
    assert bundle.config["precision"] == ("int8" if int8 else "float32")
    assert set(bundle.config["files"]) == {path.name for path in bundle.path.iterdir()} - {"config.json"}
