"""The other precisions of one small graph: an embedding and a product."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, numpy_helper

from scenic_iot.compress.aware import round4, round8
from scenic_iot.compress.fourbit import quantize4
from scenic_iot.compress.half import halve
from scenic_iot.compress.quantize import QuantizeError, quantize
from scenic_iot.compress.static import quantize_statically

from .test_quantize import MATRIX, TABLE, kinds, lookup_and_product, nothing_to_quantize

IDS = np.arange(50)


def run(path: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"ids": IDS})[0] + 1e4


def test_fp16_halves_the_file_and_next_to_nothing_changes(tmp_path: Path) -> None:
    source = lookup_and_product(tmp_path / "source.onnx")
    done = halve(source, tmp_path / "half.onnx")
    assert done.bytes_after < 0.6 * done.bytes_before
    assert done.weights_small == done.weights
    expected = TABLE.astype(np.float16).astype(np.float32) @ MATRIX.astype(np.float16).astype(np.float32)
    assert np.allclose(run(tmp_path / "half.onnx"), expected, atol=2e-3)


def test_fp16_says_what_it_cannot_hold(tmp_path: Path) -> None:
    source = lookup_and_product(tmp_path / "source.onnx")
    model = onnx.load(source)
    matrix = next(tensor for tensor in model.graph.initializer if tensor.name == "matrix")
    matrix.CopyFrom(numpy_helper.from_array(MATRIX * 1e6, "matrix"))
    onnx.save(model, source)
    with pytest.raises(QuantizeError, match="matrix holds numbers that FP16 cannot"):
        halve(source, tmp_path / "half.onnx")


def computed_and_product(path: Path) -> Path:
    """As `lookup_and_product`, with something computed before the product, as norms are."""
    model = onnx.load(lookup_and_product(path))
    nodes = list(model.graph.node)
    next(node for node in nodes if node.name == "product").input[0] = "positive"
    nodes.insert(1, onnx.helper.make_node("Relu", ["rows"], ["positive"], "relu"))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)
    return path


def test_static_int8_has_fixed_scales_and_stays_close(tmp_path: Path) -> None:
    source = computed_and_product(tmp_path / "source.onnx")
    feeds = [{"ids": IDS[at : at + 10]} for at in range(0, 50, 10)]
    done = quantize_statically(source, tmp_path / "static.onnx", feeds)
    assert done.weights_small == TABLE.size + MATRIX.size
    operators = [node.op_type for node in onnx.load(tmp_path / "static.onnx").graph.node]
    assert operators.count("QuantizeLinear") == 1  # what goes into the product, and not what comes out
    assert "DynamicQuantizeLinear" not in operators
    expected = TABLE.clip(0) @ MATRIX
    error = np.abs(run(tmp_path / "static.onnx") - expected).max(axis=0) / np.abs(expected).max(axis=0)
    assert error.max() < 0.08


def test_four_bits_are_rounded_as_training_rounds_them(tmp_path: Path) -> None:
    source = lookup_and_product(tmp_path / "source.onnx")
    done = quantize4(source, tmp_path / "four.onnx")
    assert done.weights_small == MATRIX.size
    assert kinds(tmp_path / "four.onnx")["table_quantized"] in (TensorProto.INT8, TensorProto.UINT8)
    quantize(source, tmp_path / "table.onnx", products=False)
    rounded = round4(torch.from_numpy(MATRIX.T.copy())).T.numpy()
    model = onnx.load(tmp_path / "table.onnx")
    matrix = next(tensor for tensor in model.graph.initializer if tensor.name == "matrix")
    matrix.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(rounded), "matrix"))
    onnx.save(model, tmp_path / "expected.onnx")
    assert np.allclose(run(tmp_path / "four.onnx"), run(tmp_path / "expected.onnx"), rtol=1e-3, atol=1e-2)


def test_int8_is_rounded_as_training_rounds_it(tmp_path: Path) -> None:
    quantize(lookup_and_product(tmp_path / "source.onnx"), tmp_path / "int8.onnx", embeddings=False)
    stored = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "int8.onnx").graph.initializer
    }
    found = stored["matrix_quantized"].astype(np.float32) * stored["matrix_scale"]
    assert np.allclose(round8(torch.from_numpy(MATRIX.T.copy())).T.numpy(), found, atol=1e-6)


@pytest.mark.parametrize("make", [halve, quantize4, lambda a, b: quantize_statically(a, b, [{"x": np.ones(3, "f")}])])
def test_nothing_to_do_is_an_error(tmp_path: Path, make) -> None:
    with pytest.raises(QuantizeError):
        make(nothing_to_quantize(tmp_path / "source.onnx"), tmp_path / "target.onnx")
    assert not (tmp_path / "target.onnx").exists()
