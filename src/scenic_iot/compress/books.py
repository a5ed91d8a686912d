"""The books: how many bytes a model takes, by file and by kind of tensor, and against what it is smaller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx

KINDS = ("embeddings", "linear", "output", "norms", "positions", "scales", "other", "graph")
"""`scales` are those of quantized weights, `output` the layer that writes symbols, `graph` all that is no tensor."""
_SCALES = ("_scale", "_scales", "_zero_point", "_zp")


@dataclass(frozen=True, slots=True)
class Books:
    """Bytes of a model's files, and of the tensors in all of them by kind."""

    files: Mapping[str, int]
    kinds: Mapping[str, int]

    @property
    def total(self) -> int:
        """All files together."""
        return sum(self.files.values())


def keep_books(paths: Sequence[Path]) -> Books:
    """The books of ONNX files."""
    kinds: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
    for path in paths:
        graph = onnx.load(path).graph
        for tensor in graph.initializer:
            kinds[kind(tensor.name, len(tensor.dims))] += tensor.ByteSize()
        kinds["graph"] += path.stat().st_size - sum(tensor.ByteSize() for tensor in graph.initializer)
    return Books({path.name: path.stat().st_size for path in paths}, dict(kinds))


def kind(name: str, dimensions: int) -> str:
    """The kind of a tensor, told from the name that `export` gave it and from what quantization adds."""
    if name.endswith(_SCALES):
        return "scales"
    if name.startswith("symbols.output"):
        return "output"
    if name.startswith(("tokens", "symbols", "slots", "places")):
        return "embeddings"
    if "norm" in name:
        return "norms"
    if "positions" in name or name in ("cos", "sin"):
        return "positions"
    return "linear" if dimensions > 1 else "other"


def fewer(size: int, base: int) -> float:
    """How many percent fewer bytes than a base, which must be named wherever this is shown."""
    return 100 * (1 - size / base)
