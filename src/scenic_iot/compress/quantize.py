"""Dynamic int8: weights as one byte each with a scale for every output channel, activations scaled as they come.

Works on any exported graph. Products with constant matrices and, if wanted, embeddings (lookups of the graph's own
input) are quantized; small tables such as those of the relative positions stay as they are, since they hold the values
that mask.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic

INT8 = (TensorProto.INT8, TensorProto.UINT8)


class QuantizeError(RuntimeError):
    """A file that could not be quantized."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """What was done: sizes of the files in bytes, and the weights that are of the smaller kind now out of all."""

    bytes_before: int
    bytes_after: int
    weights: int
    weights_small: int
    kind: str = "int8"

    def __str__(self) -> str:
        share = self.weights_small / self.weights
        return f"{self.bytes_before:,} -> {self.bytes_after:,} bytes; {share:.1%} of the weights are {self.kind}"


def quantize(
    source: Path, target: Path, *, embeddings: bool = True, products: bool = True, reduce_range: bool = False
) -> Quantized:
    """Write an int8 version of the ONNX file `source` to `target`.

    `products` and `embeddings` say what is quantized. `reduce_range` keeps weights to 7 bits, for x86 processors
    without VNNI, where sums of two products can overflow. Raises QuantizeError when nothing could be quantized: a file
    that merely looks int8 must never be made.
    """
    model = onnx.load(source)
    count = matrix_numbers(model)
    prepared(model)
    quantize_dynamic(
        model,
        target,
        op_types_to_quantize=[*(["MatMul"] if products else []), *(["Gather"] if embeddings else [])],
        nodes_to_exclude=_other_lookups(model),
        per_channel=True,
        reduce_range=reduce_range,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
    return finished(source, target, count)


def finished(source: Path, target: Path, count: int, kinds: tuple[int, ...] = INT8, kind: str = "int8") -> Quantized:
    """What came of a file, `count` being the numbers in the matrices of its source.

    Raises QuantizeError, and removes the file, when none is of these kinds.
    """
    small = matrix_numbers(onnx.load(target), kinds)
    if not small:
        target.unlink()
        raise QuantizeError(f"{source.name}: no weight was quantized")
    return Quantized(source.stat().st_size, target.stat().st_size, count, small, kind)


def prepared(model: onnx.ModelProto) -> None:
    """Say that the graph needs no preparation: it was written with static ranks and nothing to fold."""
    entry = model.metadata_props.add()
    entry.key, entry.value = "onnx.quant.pre_process", "onnxruntime.quant"


def _other_lookups(model: onnx.ModelProto) -> list[str]:
    """Names of the lookups that are no embeddings: their indices are computed."""
    inputs = {entry.name for entry in model.graph.input}
    return [node.name for node in model.graph.node if node.op_type == "Gather" and node.input[1] not in inputs]


def matrix_numbers(model: onnx.ModelProto, kinds: tuple[int, ...] = ()) -> int:
    """How many numbers the model's matrices hold, of these data types if any are given."""
    matrices = (tensor for tensor in model.graph.initializer if len(tensor.dims) > 1)
    return sum(math.prod(tensor.dims) for tensor in matrices if not kinds or tensor.data_type in kinds)
