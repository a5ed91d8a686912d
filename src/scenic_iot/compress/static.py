"""Static int8: scales of activations fixed beforehand, from calibration data, as QDQ nodes.

Weights are int8 with a scale for every output channel, as in `quantize`; embeddings are too. Against dynamic int8 it
saves finding each tensor's range while running, and loses where a sentence is unlike all that were seen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from scenic_iot.command.tokens import BOS

from .quantize import Quantized, QuantizeError, finished, matrix_numbers, prepared, quantize

Feed = dict[str, NDArray[Any]]


def quantize_statically(source: Path, target: Path, feeds: Sequence[Feed]) -> Quantized:
    """Write a static int8 version of the ONNX file `source` to `target`; `feeds` are its inputs for calibration.

    Raises QuantizeError when nothing could be quantized.
    """
    count = matrix_numbers(onnx.load(source))
    with tempfile.TemporaryDirectory() as folder:
        begun = source
        if looks_up(source):
            begun = Path(folder) / "embeddings.onnx"
            quantize(source, begun, products=False)
        model = onnx.load(begun)
        prepared(model)
        quantize_static(
            model,
            target,
            _Reader(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=_attention(model),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # What a product gives stays a float: one scale for all its channels would drown the small ones.
            extra_options={"OpTypesToExcludeOutputQuantization": ["MatMul"]},
        )
    if not any(node.op_type == "QuantizeLinear" for node in onnx.load(target).graph.node):
        target.unlink()
        raise QuantizeError(f"{source.name}: no product was quantized")
    return finished(source, target, count)


def encoder_feeds(sentences: Sequence[Sequence[int]]) -> list[Feed]:
    """Inputs of an encoder for sentences given as token ids."""
    return [
        {"input_ids": np.array([ids]), "attention_mask": np.ones((1, len(ids)), dtype=np.int64)} for ids in sentences
    ]


def decoder_feeds(
    encoder: Path, decoder: Path, sentences: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
) -> list[Feed]:
    """Inputs of a decoder that writes the right symbols: the first half of a row at once, then what is left of it with
    the cache of the first. Rows are given as symbol ids with the end symbol."""
    read, write = (_session(path) for path in (encoder, decoder))
    _, rows, _, head = write.get_inputs()[1].shape
    feeds: list[Feed] = []
    for feed, target in zip(encoder_feeds(sentences), targets, strict=True):
        known = {"cross": read.run(["cross"], feed)[0], "attention_mask": feed["attention_mask"]}
        fed = np.array([[BOS, *target[:-1]]])
        half = (fed.shape[1] + 1) // 2
        first = {"symbol_ids": fed[:, :half], "past": np.zeros((1, rows, 0, head), dtype=np.float32), **known}
        feeds.append(first)
        if half < fed.shape[1]:
            feeds.append({"symbol_ids": fed[:, half:], "past": write.run(["present"], first)[0], **known})
    return feeds


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """What onnxruntime asks calibration data of."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds: Iterator[Feed] = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._feeds, None)


def looks_up(path: Path) -> bool:
    """Whether a graph looks something up by its own inputs: whether it has embeddings."""
    graph = onnx.load(path).graph
    inputs = {entry.name for entry in graph.input}
    return any(node.op_type == "Gather" and node.input[1] in inputs for node in graph.node)


def _attention(model: onnx.ModelProto) -> list[str]:
    """Names of the products of two computed matrices."""
    constants = {tensor.name for tensor in model.graph.initializer}
    return [node.name for node in model.graph.node if node.op_type == "MatMul" and node.input[1] not in constants]


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
