"""Graphs stored packed: sparse or few-valued weights take less than their bytes, and come back bit by bit.

A packed file is a file cut into spans. What lies between the spans of weights is kept together. Each span may have a
mask, a bit for each number that says whether it is zero, so that only the others follow. Mask and numbers are each

    raw         as they are, or
    entropy     coded by LZMA's range coder; numbers of several bytes come as all first bytes, all second bytes, …

in whichever way is shortest.

The header holds the SHA-256 of the whole; `compress.store` writes what is read here.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"scenic-packed-1\n"
SUFFIX = ".packed"
FILTERS: list[dict[str, Any]] = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16, "lc": 0, "lp": 0, "pb": 0}]
"""Weights look alike wherever they stand, so neither the place nor the byte before helps to guess one."""
Bytes = NDArray[np.uint8]


class PackedError(ValueError):
    """A packed file that is damaged, or none."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where weights lie in the whole file, and how they are stored."""

    begin: int
    length: int
    """In bytes."""
    width: int
    """Bytes of a number."""
    mask: str
    """How its mask is stored; "none" where there is none."""
    masked: int
    """Bytes of the stored mask."""
    numbers: str
    """How the numbers are stored."""
    stored: int
    """Bytes of the stored numbers."""


def unpack(data: bytes) -> bytes:
    """The file that was packed. Raises PackedError on anything that is not exactly what was written."""
    try:
        header, rest = _header(data)
        spans = [Span(*entry) for entry in header["spans"]]
        first = int(header["between"])
        between, whole = _inflate(rest[:first]), bytearray()
        taken, at = 0, first
        for span in spans:
            gap = span.begin - len(whole)
            whole += between[taken : taken + gap]
            taken += gap
            end = at + span.masked + span.stored
            whole += _restore(span, rest[at : at + span.masked], rest[at + span.masked : end])
            at = end
        whole += between[taken:]
    except (KeyError, ValueError, TypeError, IndexError, lzma.LZMAError, UnicodeDecodeError) as reason:
        raise PackedError(f"is damaged: {reason}") from reason
    if hashlib.sha256(whole).hexdigest() != header["sha256"]:
        raise PackedError("does not unpack to what was packed (its SHA-256 differs)")
    return bytes(whole)


def _restore(span: Span, mask: memoryview, stored: memoryview) -> bytes:
    """The bytes of a span."""
    values = _decoded(stored, span.numbers)
    if span.numbers == "entropy" and span.width > 1:
        values = np.frombuffer(values, np.uint8).reshape(span.width, -1).T.tobytes()
    if span.mask == "none":
        return values
    bits = np.frombuffer(_decoded(mask, span.mask), np.uint8)
    kept = np.unpackbits(bits, count=span.length // span.width).astype(bool)
    numbers = np.zeros((len(kept), span.width), np.uint8)
    numbers[kept] = np.frombuffer(values, np.uint8).reshape(-1, span.width)
    return numbers.tobytes()


def _decoded(data: memoryview, coding: str) -> bytes:
    return _inflate(data) if coding == "entropy" else bytes(data)


def _header(data: bytes) -> tuple[dict[str, Any], memoryview]:
    if not data.startswith(MAGIC):
        raise PackedError("is no packed file")
    begin = len(MAGIC) + 4
    end = begin + int.from_bytes(data[len(MAGIC) : begin], "little")
    return json.loads(data[begin:end]), memoryview(data)[end:]


def _inflate(data: bytes | memoryview) -> bytes:
    return lzma.decompress(data, lzma.FORMAT_RAW, filters=FILTERS)
