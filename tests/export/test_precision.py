from pathlib import Path

import numpy as np
import pytest
import torch

from scenic_iot.command.automaton import Automaton
from scenic_iot.export.beams import same_order
from scenic_iot.export.onnx import Exported, export_onnx
from scenic_iot.export.parity import load_exported
from scenic_iot.export.precision import PRECISIONS, Precision, Sample, in_precision, packed
from scenic_iot.model.base import Family, Model
from scenic_iot.runtime.bundle import LAYOUT, Bundle
from scenic_iot.runtime.packed import unpack
from scenic_iot.runtime.written import Free
from tests.model.tiny import tiny

SAMPLE = Sample([[3, 9, 30, 12, 44, 7], [3, 5, 6], [11, 12]], [[6, 8, 13, 19, 2], [4, 2], [6, 13, 22, 2]])
WORST: dict[Precision, float] = {"fp32": 0, "fp16": 2e-3, "int8": 0.1, "int8-static": 0.1, "int4": 0.5}
"""Largest difference of logits, relative to their spread."""


@pytest.mark.parametrize("precision", PRECISIONS)
def test_every_family_in_every_precision(
    model: Model, exported: Exported, tmp_path: Path, precision: Precision
) -> None:
    files = in_precision(exported, tmp_path, precision, SAMPLE)
    assert (files.bytes() < exported.bytes()) == (precision != "fp32")
    written = load_exported(exported).greedy(SAMPLE.sentences[0])
    expected, found = (load_exported(each).logits(SAMPLE.sentences[0], written) for each in (exported, files))
    assert np.abs(found - expected).mean() <= WORST[precision] * expected.std()
    assert precision == "fp32" or np.abs(found - expected).max() > 0


def test_packed_files_are_smaller_and_come_back(exported: Exported, tmp_path: Path) -> None:
    stored = packed(exported, tmp_path)
    assert stored.bytes() < exported.bytes()
    for source, target in zip(exported.files(), stored.files(), strict=True):
        assert unpack(target.read_bytes()) == source.read_bytes()


def bundle_of(model: Model, folder: Path) -> Bundle:
    """Files of a model as a bundle without words."""
    from dataclasses import asdict

    export_onnx(model, folder)
    config = {"family": model.family, "model": asdict(model.config)}
    return Bundle(folder, None, None, (), config)  # type: ignore[arg-type]


@pytest.mark.parametrize("family", ["decoder", "encoder_decoder"])
def test_beams_are_in_the_same_order(family: Family, tmp_path: Path) -> None:
    model, sentences = tiny(family), SAMPLE.sentences
    assert same_order(model, bundle_of(model, tmp_path), Free(model.config.symbols), 0, sentences) == 1


def test_beams_of_another_model_are_not(tmp_path: Path) -> None:
    model = tiny("encoder_decoder")
    bundle = bundle_of(model, tmp_path)
    with torch.no_grad():
        model.decoder[0].feed.down.weight.mul_(-2)
    assert same_order(model, bundle, Free(model.config.symbols), 0, SAMPLE.sentences) < 1


def test_beams_of_a_grid_are_in_the_same_order(tmp_path: Path) -> None:
    from scenic_iot.command.grid import Grid
    from scenic_iot.command.symbols import Symbols
    from scenic_iot.home.catalogue import load_catalogue
    from scenic_iot.model.presets import build, configure

    catalogue = load_catalogue()
    symbols = Symbols(catalogue)
    torch.manual_seed(3)
    shape = {"width": 32, "heads": 2, "hidden": 32, "layers": 1}
    model = build(configure("encoder", 50, Grid.of(symbols, catalogue), shape)).eval()
    automaton = Automaton(symbols, catalogue)
    bundle = bundle_of(model, tmp_path)
    assert (tmp_path / LAYOUT.encoder).exists()
    assert same_order(model, bundle, automaton, automaton.start((), 0), SAMPLE.sentences) == 1
