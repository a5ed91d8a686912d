"""Proof that the exported graphs compute what the model computes, and how much int8 changes.

Decoding here is greedy and free of any grammar: the hardest case, since nothing corrects a wrong symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.model.encoder_decoder import EncoderDecoder

from .onnx import Exported

LONGEST = 48  # symbols decoded of each sentence at most
Floats = NDArray[np.float32]


class ParityError(RuntimeError):
    """The exported graphs do not compute what the model computes."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How close a pair of ONNX files comes to the model, over some sentences."""

    sentences: int
    difference: float
    """Largest difference of any logit, the symbols before it being equal."""
    agreement: float
    """Share of the sentences for which greedy decoding writes the same symbols."""


class OnnxModel:
    """A pair of exported files, run by onnxruntime on one core."""

    def __init__(self, exported: Exported) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._encoder, self._decoder = (
            onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            for path in (exported.encoder, exported.decoder)
        )
        _, self._rows, _, self._head = self._decoder.get_inputs()[1].shape

    def read(self, sentence: Sequence[int]) -> dict[str, NDArray[np.generic]]:
        """What the decoder needs to know of a sentence."""
        ids = np.array([sentence], dtype=np.int64)
        mask = np.ones_like(ids)
        cross = self._encoder.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        return {"cross": cross, "attention_mask": mask}

    def step(
        self, read: dict[str, NDArray[np.generic]], symbols: NDArray[np.int64], past: Floats | None
    ) -> tuple[Floats, Floats]:
        """Logits (N, T, V) after each of `symbols` (N, T), and the cache for the next step."""
        if past is None:
            past = np.zeros((len(symbols), self._rows, 0, self._head), dtype=np.float32)
        logits, present = self._decoder.run(None, {"symbol_ids": symbols, "past": past, **read})
        return logits, present

    def greedy(self, sentence: Sequence[int]) -> list[int]:
        """The symbols written for a sentence, up to the end symbol or `LONGEST`."""
        read, past = self.read(sentence), None
        written = [BOS]
        while len(written) <= LONGEST and written[-1] != EOS:
            logits, past = self.step(read, np.array([written[-1:]]), past)
            written.append(int(logits[0, -1].argmax()))
        return written[1:]

    def logits(self, sentence: Sequence[int], symbols: Sequence[int]) -> Floats:
        """Logits (T, V) of each of `symbols` given those before it, computed in every way that a search uses: several
        symbols at once, then one by one, as two hypotheses about one sentence whose rows are exchanged."""
        read = self.read(sentence)
        fed = np.array([[BOS, *symbols[:-1]]] * 2)
        first, past = self.step(read, fed[:, :2], None)
        parts = [first]
        for place in range(2, fed.shape[1]):
            logits, past = self.step(read, fed[:, place : place + 1], np.ascontiguousarray(past[::-1]))
            parts.append(logits)
        both = np.concatenate(parts, axis=1)
        return both[0] if np.array_equal(both[0], both[1]) else np.full_like(both[0], np.nan)


def check_parity(model: EncoderDecoder, exported: Exported, sentences: Sequence[Sequence[int]]) -> Parity:
    """Compare float32 files with the model, which must be on the processor, over sentences given as token ids."""
    onnx_model = OnnxModel(exported)
    difference, equal = 0.0, 0
    for sentence in sentences:
        written, expected = _torch_greedy(model, sentence)
        found = onnx_model.logits(sentence, written)
        difference = max(difference, float(np.nan_to_num(np.abs(found - expected), nan=np.inf).max()))
        equal += onnx_model.greedy(sentence) == written
    return Parity(len(sentences), difference, equal / len(sentences))


def require_parity(parity: Parity, tolerance: float) -> None:
    """Raise ParityError where logits differ by more than `tolerance`."""
    if not parity.difference <= tolerance:
        raise ParityError(f"ONNX logits differ from PyTorch's by {parity.difference:.2g}, more than {tolerance:g}")


def changed_rate(before: Exported, after: Exported, sentences: Sequence[Sequence[int]]) -> float:
    """Share of the sentences that the second pair of files decodes to other symbols than the first."""
    first, second = OnnxModel(before), OnnxModel(after)
    return sum(first.greedy(sentence) != second.greedy(sentence) for sentence in sentences) / len(sentences)


@torch.no_grad()
def _torch_greedy(model: EncoderDecoder, sentence: Sequence[int]) -> tuple[list[int], Floats]:
    """Greedy symbols by the training module, and the logits (T, V) that chose them."""
    memory, bias = model.encode(torch.tensor([list(sentence)]))
    written = [BOS]
    while True:
        logits = model.decode(torch.tensor([written]), memory, bias)[0]
        written.append(int(logits[-1].argmax()))
        if written[-1] == EOS or len(written) > LONGEST:
            return written[1:], np.asarray(logits.numpy(), dtype=np.float32)
