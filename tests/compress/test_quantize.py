from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from scenic_iot.compress.quantize import QuantizeError, quantize

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(50, 64)).astype(np.float32)
MATRIX = (RNG.normal(size=(64, 40)) * np.linspace(0.01, 10, 40)).astype(np.float32)  # channels of very unlike sizes


def lookup_and_product(path: Path) -> Path:
    """ids -> embedding -> product, plus a lookup whose indices are computed."""
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"], "embedding"),
        helper.make_node("MatMul", ["rows", "matrix"], ["product"], "product"),
        helper.make_node("Sub", ["ids", "ids"], ["zeros"], "zeros"),
        helper.make_node("Gather", ["bias", "zeros"], ["shift"], "positions", axis=0),
        helper.make_node("Add", ["product", "shift"], ["out"], "sum"),
    ]
    constants = {"table": TABLE, "matrix": MATRIX, "bias": np.full((2, 40), -1e4, dtype=np.float32)}
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 40])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def kinds(path: Path) -> dict[str, int]:
    return {entry.name: entry.data_type for entry in onnx.load(path).graph.initializer}


@pytest.mark.parametrize("reduce_range", [False, True])
def test_weights_become_bytes_and_results_stay_close(tmp_path: Path, reduce_range: bool) -> None:
    source = lookup_and_product(tmp_path / "source.onnx")
    done = quantize(source, tmp_path / "target.onnx", reduce_range=reduce_range)
    assert done.bytes_after == (tmp_path / "target.onnx").stat().st_size < 0.5 * done.bytes_before
    assert (done.weights, done.weights_small) == (TABLE.size + MATRIX.size + 80, TABLE.size + MATRIX.size)
    assert "bytes" in str(done)
    session = onnxruntime.InferenceSession(str(tmp_path / "target.onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"ids": np.arange(50)})
    expected = TABLE @ MATRIX
    error = np.abs(found + 1e4 - expected).max(axis=0) / np.abs(expected).max(axis=0)
    assert error.max() < (0.06 if reduce_range else 0.05)  # small channels as well: each has its own scale


def test_what_masks_is_left_alone(tmp_path: Path) -> None:
    quantize(lookup_and_product(tmp_path / "source.onnx"), tmp_path / "target.onnx")
    assert kinds(tmp_path / "target.onnx")["bias"] == TensorProto.FLOAT


def test_embeddings_can_be_left_alone(tmp_path: Path) -> None:
    done = quantize(lookup_and_product(tmp_path / "source.onnx"), tmp_path / "target.onnx", embeddings=False)
    assert done.weights_small == MATRIX.size
    assert kinds(tmp_path / "target.onnx")["table"] == TensorProto.FLOAT


def nothing_to_quantize(path: Path) -> Path:
    """A graph without weights."""
    graph = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["y"], "relu")],
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_nothing_to_quantize_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QuantizeError, match=r"source\.onnx: no weight was quantized"):
        quantize(nothing_to_quantize(tmp_path / "source.onnx"), tmp_path / "target.onnx")
    assert not (tmp_path / "target.onnx").exists()


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    source = lookup_and_product(tmp_path / "source.onnx")
    quantize(source, tmp_path / "first.onnx")
    quantize(source, tmp_path / "second.onnx")
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()
