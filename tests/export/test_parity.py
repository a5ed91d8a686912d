from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from scenic_iot.compress.quantize import quantize
from scenic_iot.export.onnx import Exported
from scenic_iot.export.parity import Parity, ParityError, changed_rate, check_parity, require_parity
from scenic_iot.model.base import Model

SENTENCES = [[2, 5, 9, 11], [2], [2, *range(3, 40)]]


def test_exported_graphs_are_equal(model: Model, exported: Exported) -> None:
    parity = check_parity(model, exported, SENTENCES)
    assert parity.sentences == 3
    assert parity.difference < 1e-4
    assert parity.agreement == 1.0
    require_parity(parity, 1e-4)
    assert changed_rate(exported, exported, SENTENCES) == 0.0


def test_another_graph_is_not(model: Model, exported: Exported, tmp_path: Path) -> None:
    graph = onnx.load(exported.files()[-1])
    weight = next(entry for entry in graph.graph.initializer if entry.name == "symbols.output")
    changed = numpy_helper.to_array(weight) * np.float32(1.05)
    weight.CopyFrom(numpy_helper.from_array(changed, weight.name))
    onnx.save(graph, tmp_path / "changed.onnx")
    files = [*exported.files()[:-1], tmp_path / "changed.onnx"]
    parity = check_parity(model, Exported(files[0], files[1] if len(files) > 1 else None), SENTENCES)
    with pytest.raises(ParityError, match=r"differ from PyTorch's by"):
        require_parity(parity, 1e-4)


def test_no_number_is_no_parity() -> None:
    with pytest.raises(ParityError):
        require_parity(Parity(1, float("inf"), 1.0), 1e-4)
    with pytest.raises(ParityError):
        require_parity(Parity(1, float("nan"), 1.0), 1e-4)


def test_int8_stays_close(model: Model, exported: Exported, tmp_path: Path) -> None:
    targets = [tmp_path / path.name for path in exported.files()]
    for source, target in zip(exported.files(), targets, strict=True):
        quantize(source, target)
    small = Exported(targets[0], targets[1] if len(targets) > 1 else None)
    assert small.bytes() < exported.bytes()
    parity = check_parity(model, small, SENTENCES)
    assert 1e-4 < parity.difference < 1.0
    assert 0.0 <= changed_rate(exported, small, SENTENCES) <= 1.0
