"""Writing packed graphs: the stored form that sparsity makes smaller. `runtime.packed` reads it and says what it is."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from scenic_iot.runtime.packed import FILTERS, MAGIC, Span, unpack

_LEAST = 256
"""Bytes that a tensor must have to be a span of its own."""
_FULL = 0.97
"""A mask is not tried where more numbers than this share are other than zero: it takes an eighth of a byte for each."""
Stored = tuple[str, bytes]
"""A coding, and what is stored."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What was done to a file: bytes before and after, and how the bytes of its weights are stored."""

    before: int
    after: int
    codings: dict[str, int]
    """Bytes before, by coding."""


def pack(source: Path, target: Path) -> Packed:
    """Write the ONNX file `source` packed to `target`, having made sure that it unpacks to the same bytes."""
    data = source.read_bytes()
    spans: list[Span] = []
    parts: list[bytes] = []
    for begin, length, width in _weights(data):
        (how, mask), (coding, stored) = _shortest(data[begin : begin + length], width)
        spans.append(Span(begin, length, width, how, len(mask), coding, len(stored)))
        parts += [mask, stored]
    between = _deflate(_between(data, spans))
    header = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "between": len(between),
        "spans": [astuple(span) for span in spans],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    packed = b"".join([MAGIC, len(text).to_bytes(4, "little"), text, between, *parts])
    if unpack(packed) != data:
        raise RuntimeError(f"{source.name}: does not unpack to itself")
    target.write_bytes(packed)
    codings: Counter[str] = Counter()
    for span in spans:
        codings[f"mask {span.mask}, numbers {span.numbers}"] += span.length
    return Packed(len(data), len(packed), dict(codings))


def _weights(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Begin, length and bytes a number of each tensor in the bytes of an ONNX file."""
    at = 0
    for tensor in onnx.load_model_from_string(data).graph.initializer:
        if len(tensor.raw_data) < _LEAST:
            continue
        found = data.find(tensor.raw_data, at)
        if found >= 0:
            yield found, len(tensor.raw_data), _width(tensor)
            at = found + len(tensor.raw_data)


def _width(tensor: TensorProto) -> int:
    return int(helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize)


def _between(data: bytes, spans: list[Span]) -> bytes:
    """What is in no span."""
    ends = [0, *(span.begin + span.length for span in spans)]
    begins = [*(span.begin for span in spans), len(data)]
    return b"".join(data[end:begin] for end, begin in zip(ends, begins, strict=True))


def _shortest(data: bytes, width: int) -> tuple[Stored, Stored]:
    """A mask and numbers, each in the coding under which the two together take least."""
    numbers = np.frombuffer(data, np.uint8).reshape(-1, width)
    kept = numbers.any(axis=1)
    whole = _coded(data, numbers)
    if kept.mean() > _FULL:
        return ("none", b""), whole
    bits = np.packbits(kept)
    mask, rest = _coded(bits.tobytes(), bits[:, None]), _coded(numbers[kept].tobytes(), numbers[kept])
    if len(mask[1]) + len(rest[1]) < len(whole[1]):
        return mask, rest
    return ("none", b""), whole


def _coded(data: bytes, numbers: NDArray[np.uint8]) -> Stored:
    """Bytes, which are those of `numbers` (count, width), in the shorter of the two codings."""
    coded = _deflate(numbers.T.tobytes())
    return ("entropy", coded) if len(coded) < len(data) else ("raw", data)


def _deflate(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_RAW, filters=FILTERS)
