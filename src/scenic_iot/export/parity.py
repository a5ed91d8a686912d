"""Proof that the exported graphs compute what the model computes, and how much int8 changes.

Decoding here is greedy and free of any grammar: the hardest case, since nothing corrects a wrong symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.model.base import Model
from scenic_iot.model.encoder import Encoder

from .onnx import Exported

LONGEST = 48  # symbols decoded of each sentence at most
Floats = NDArray[np.float32]
Feed = dict[str, NDArray[np.generic]]


class ParityError(RuntimeError):
    """The exported graphs do not compute what the model computes."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How close exported files come to the model, over some sentences."""

    sentences: int
    difference: float
    """Largest difference of any logit, the symbols before it being equal, or of a number of `pooled`."""
    agreement: float
    """Share of the sentences for which greedy decoding writes the same symbols."""


class OnnxModel(Protocol):
    """Exported files of any family, run by onnxruntime on one core."""

    def pooled(self, sentence: Sequence[int]) -> Floats:
        """The sentence as one vector (W,)."""
        ...

    def greedy(self, sentence: Sequence[int]) -> list[int]:
        """The symbols written for a sentence: up to the end symbol or `LONGEST`, or those of all cells."""
        ...

    def logits(self, sentence: Sequence[int], symbols: Sequence[int]) -> Floats:
        """Logits (T, V) of each of `symbols`, computed in every way that a search uses."""
        ...


class OneFile:
    """An encoder-only model: its symbols are those of all cells, asked for or not."""

    def __init__(self, exported: Exported) -> None:
        (self._encoder,) = _sessions(exported)

    def pooled(self, sentence: Sequence[int]) -> Floats:
        return self._run(sentence)[1]

    def greedy(self, sentence: Sequence[int]) -> list[int]:
        return list(map(int, self._run(sentence)[0].argmax(-1)))

    def logits(self, sentence: Sequence[int], symbols: Sequence[int]) -> Floats:
        return self._run(sentence)[0]

    def _run(self, sentence: Sequence[int]) -> tuple[Floats, Floats]:
        grid, pooled = self._encoder.run(None, _feed(sentence))
        return grid[0], pooled[0]


class TwoFiles:
    """A model that writes symbol by symbol."""

    def __init__(self, exported: Exported) -> None:
        self._encoder, self._decoder = _sessions(exported)
        _, self._rows, _, self._head = self._decoder.get_inputs()[1].shape

    def pooled(self, sentence: Sequence[int]) -> Floats:
        pooled: Floats = self._encoder.run(["pooled"], _feed(sentence))[0][0]
        return pooled

    def greedy(self, sentence: Sequence[int]) -> list[int]:
        read, past = self._read(sentence), None
        written = [BOS]
        while len(written) <= LONGEST and written[-1] != EOS:
            logits, past = self._step(read, np.array([written[-1:]]), past)
            written.append(int(logits[0, -1].argmax()))
        return written[1:]

    def logits(self, sentence: Sequence[int], symbols: Sequence[int]) -> Floats:
        """Several symbols at once, then one by one, as two hypotheses about one sentence whose rows are exchanged."""
        read = self._read(sentence)
        fed = np.array([[BOS, *symbols[:-1]]] * 2)
        first, past = self._step(read, fed[:, :2], None)
        parts = [first]
        for place in range(2, fed.shape[1]):
            logits, past = self._step(read, fed[:, place : place + 1], np.ascontiguousarray(past[::-1]))
            parts.append(logits)
        both = np.concatenate(parts, axis=1)
        return both[0] if np.array_equal(both[0], both[1]) else np.full_like(both[0], np.nan)

    def _read(self, sentence: Sequence[int]) -> Feed:
        """What the decoder needs to know of a sentence."""
        feed = _feed(sentence)
        return {"cross": self._encoder.run(["cross"], feed)[0], "attention_mask": feed["attention_mask"]}

    def _step(self, read: Feed, symbols: NDArray[np.int64], past: Floats | None) -> tuple[Floats, Floats]:
        """Logits (N, T, V) after each of `symbols` (N, T), and the cache for the next step."""
        if past is None:
            past = np.zeros((len(symbols), self._rows, 0, self._head), dtype=np.float32)
        logits, present = self._decoder.run(None, {"symbol_ids": symbols, "past": past, **read})
        return logits, present


def load_exported(exported: Exported) -> OnnxModel:
    """The files of a model, ready to run."""
    return OneFile(exported) if exported.decoder is None else TwoFiles(exported)


def check_parity(model: Model, exported: Exported, sentences: Sequence[Sequence[int]]) -> Parity:
    """Compare float32 files with the model, which must be on the processor, over sentences given as token ids."""
    onnx_model = load_exported(exported)
    difference, equal = 0.0, 0
    for sentence in sentences:
        written = onnx_model.greedy(sentence)
        expected, pooled = _torch(model, sentence, written)
        found = onnx_model.logits(sentence, written)
        for one, other in ((found, expected), (onnx_model.pooled(sentence), pooled)):
            difference = max(difference, float(np.nan_to_num(np.abs(one - other), nan=np.inf).max()))
        equal += written == expected.argmax(-1).tolist()
    return Parity(len(sentences), difference, equal / len(sentences))


def require_parity(parity: Parity, tolerance: float) -> None:
    """Raise ParityError where logits differ by more than `tolerance`."""
    if not parity.difference <= tolerance:
        raise ParityError(f"ONNX logits differ from PyTorch's by {parity.difference:.2g}, more than {tolerance:g}")


def changed_rate(before: Exported, after: Exported, sentences: Sequence[Sequence[int]]) -> float:
    """Share of the sentences that the second set of files decodes to other symbols than the first."""
    first, second = load_exported(before), load_exported(after)
    return sum(first.greedy(sentence) != second.greedy(sentence) for sentence in sentences) / len(sentences)


@torch.no_grad()
def _torch(model: Model, sentence: Sequence[int], symbols: Sequence[int]) -> tuple[Floats, Floats]:
    """Logits (T, V) of the training module for each of `symbols`, given those before it, and the pooled vector (W,)."""
    source = torch.tensor([list(sentence)])
    if isinstance(model, Encoder):
        memory, bias = model.encode(source)
        logits = model.fill(memory, bias, torch.arange(len(symbols))).log_softmax(-1)
        pooled = model.pool(source)
    else:
        logits, _, pooled = model(source, torch.tensor([list(symbols)]))
    return np.asarray(logits[0].numpy(), dtype=np.float32), np.asarray(pooled[0].numpy(), dtype=np.float32)


def _feed(sentence: Sequence[int]) -> Feed:
    ids = np.array([sentence], dtype=np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def _sessions(exported: Exported) -> list[onnxruntime.InferenceSession]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return [
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for path in exported.files()
    ]
