"""The files of a model in every precision, made from its float32 files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from scenic_iot.compress.fourbit import quantize4
from scenic_iot.compress.half import halve
from scenic_iot.compress.quantize import quantize
from scenic_iot.compress.static import Feed, decoder_feeds, encoder_feeds, quantize_statically
from scenic_iot.compress.store import pack

from .onnx import Exported

Precision = Literal["fp32", "fp16", "int8", "int8-static", "int4"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


@dataclass(frozen=True, slots=True)
class Sample:
    """Sentences as token ids and what is to be written for them, for calibration."""

    sentences: Sequence[Sequence[int]]
    targets: Sequence[Sequence[int]]
    """With the end symbol."""


def in_precision(exported: Exported, folder: Path, precision: Precision, sample: Sample) -> Exported:
    """The files in a precision, written to an existing folder; `exported` itself for fp32.

    Raises QuantizeError where one of the files cannot be had in it: nothing stays as it was silently.
    """
    if precision == "fp32":
        return exported
    made = [folder / f"{precision}-{path.name}" for path in exported.files()]
    for index, (source, target) in enumerate(zip(exported.files(), made, strict=True)):
        if precision == "fp16":
            halve(source, target)
        elif precision == "int8":
            quantize(source, target)
        elif precision == "int4":
            quantize4(source, target)
        else:
            quantize_statically(source, target, _feeds(exported, index, sample))
    return _exported(made)


def packed(exported: Exported, folder: Path) -> Exported:
    """The files packed, in an existing folder; each is verified to unpack to the same bytes."""
    made = [folder / f"{path.name}.packed" for path in exported.files()]
    for source, target in zip(exported.files(), made, strict=True):
        pack(source, target)
    return _exported(made)


def _feeds(exported: Exported, index: int, sample: Sample) -> list[Feed]:
    """Inputs of the first or the second file."""
    if index == 0:
        return encoder_feeds(sample.sentences)
    assert exported.decoder is not None
    return decoder_feeds(exported.encoder, exported.decoder, sample.sentences, sample.targets)


def _exported(files: Sequence[Path]) -> Exported:
    return Exported(files[0], files[1] if len(files) > 1 else None)
