from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from scenic_iot.compress.books import fewer, keep_books, kind
from scenic_iot.compress.store import pack
from scenic_iot.runtime.packed import PackedError, unpack

RNG = np.random.default_rng(1)


def graph_of(path: Path, **weights: np.ndarray) -> Path:
    """A graph that multiplies by each matrix."""
    nodes = [helper.make_node("MatMul", ["x", name], [f"y{name}"], name) for name in weights]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 64])],
        [helper.make_tensor_value_info(f"y{name}", TensorProto.FLOAT, None) for name in weights],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def sparse(share: float, kind: str = "float32") -> np.ndarray:
    weight = RNG.normal(size=(64, 512))
    weight[RNG.random(weight.shape) < share] = 0
    return (weight * 30).clip(-127, 127).astype(kind)


@pytest.mark.parametrize("kind", ["float32", "float16", "int8"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_what_was_packed_comes_back_bit_by_bit(tmp_path: Path, kind: str, share: float) -> None:
    negative_zero = sparse(share, kind)
    if kind != "int8":
        negative_zero[0, :3] = -0.0  # its bits are not those of 0
    source = graph_of(tmp_path / "a.onnx", first=sparse(share, kind), second=negative_zero, third=sparse(share, kind))
    done = pack(source, tmp_path / "a.packed")
    assert unpack((tmp_path / "a.packed").read_bytes()) == source.read_bytes()
    assert done.before == source.stat().st_size
    assert done.after == (tmp_path / "a.packed").stat().st_size
    assert sum(done.codings.values()) == 3 * 64 * 512 * np.dtype(kind).itemsize


def test_zeros_make_it_smaller(tmp_path: Path) -> None:
    sizes = [
        pack(graph_of(tmp_path / "a.onnx", w=sparse(share, "int8")), tmp_path / "a.packed").after / (64 * 512)
        for share in (0.0, 0.5, 0.9)
    ]
    # Bytes a weight, near the entropy of what is stored: a bell's of 30 steps is about 6.95 bits.
    assert sizes[0] < 0.95
    assert sizes[1] < 0.60
    assert sizes[2] < 0.165


def test_equal_tensors_and_what_stands_between_are_kept(tmp_path: Path) -> None:
    same = sparse(0.5)
    source = graph_of(tmp_path / "a.onnx", first=same, second=same)
    pack(source, tmp_path / "a.packed")
    assert unpack((tmp_path / "a.packed").read_bytes()) == source.read_bytes()


def test_damage_is_found(tmp_path: Path) -> None:
    pack(graph_of(tmp_path / "a.onnx", w=sparse(0.5, "int8")), tmp_path / "a.packed")
    data = bytearray((tmp_path / "a.packed").read_bytes())
    for at in (20, len(data) // 2, len(data) - 3):
        broken = data.copy()
        broken[at] ^= 1
        with pytest.raises(PackedError):
            unpack(bytes(broken))
    with pytest.raises(PackedError):
        unpack(bytes(data[:-10]))
    with pytest.raises(PackedError, match="is no packed file"):
        unpack(b"PK")


def test_the_books_say_what_takes_the_bytes(tmp_path: Path) -> None:
    path = graph_of(
        tmp_path / "a.onnx", tokens=sparse(0), **{"encoder.0.feed.up": sparse(0), "encoder_norm": sparse(0)}
    )
    books = keep_books([path])
    assert books.total == path.stat().st_size == sum(books.kinds.values()) == books.files["a.onnx"]
    for name in ("embeddings", "linear", "norms"):
        assert 4 * 64 * 512 < books.kinds[name] < 4 * 64 * 512 + 50
    assert fewer(25, 100) == 75


@pytest.mark.parametrize(
    ("name", "dimensions", "expected"),
    [
        ("tokens_quantized", 2, "embeddings"),
        ("symbols.output_quantized", 2, "output"),
        ("symbols.output", 2, "output"),
        ("decoder.0.attention.qkv_Q4", 3, "linear"),
        ("decoder.0.attention.qkv_scales", 1, "scales"),
        ("encoder.1.feed.up_zero_point", 1, "scales"),
        ("slot_layers.0.cross.query", 2, "linear"),
        ("places", 2, "embeddings"),
        ("encoder_positions", 2, "positions"),
        ("cell.feed_norm", 1, "norms"),
        ("int64_1_1d", 1, "other"),
    ],
)
def test_kinds_are_told_from_names(name: str, dimensions: int, expected: str) -> None:
    assert kind(name, dimensions) == expected
