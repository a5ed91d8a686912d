"""Milliseconds on one processor core under onnxruntime: the encoder, one step of the decoder, a whole sentence.

The components run on random tokens of a fixed length, the step with five hypotheses that have written four symbols: the
same work for every model of a family, whatever it has learned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import onnxruntime as ort

from scenic_iot.runtime.bundle import Bundle
from scenic_iot.runtime.session import load_graph

BEAMS, WRITTEN = 5, 4


@dataclass(frozen=True, slots=True)
class Times:
    """Medians in milliseconds."""

    encoder: float
    step: float | None
    """None for an encoder-only model, which has no steps."""
    sentence: float
    """From text to command, five beams."""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def time_bundle(bundle: Bundle, answer: Callable[[str], object], texts: Sequence[str], length: int = 24) -> Times:
    """Times of a bundle's graphs for sentences of `length` tokens, and of whole answers to some texts."""
    encoder, *decoders = (_session(bundle, name) for name in bundle.layout.graphs)
    ids = np.random.default_rng(0).integers(10, len(bundle.tokenizer), (1, length))
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    name = encoder.get_outputs()[0].name
    spent = median_ms(lambda: encoder.run([name], feed))
    step = None
    for decoder in decoders:
        _, rows, _, head = decoder.get_inputs()[1].shape
        fed = {
            "symbol_ids": np.full((BEAMS, 1), 3),
            "past": np.zeros((BEAMS, rows, WRITTEN, head), dtype=np.float32),
            "cross": encoder.run([name], feed)[0],
            "attention_mask": feed["attention_mask"],
        }
        step = median_ms(lambda decoder=decoder, fed=fed: decoder.run(None, fed))  # type: ignore[misc]
    return Times(spent, step, _median(_spent(answer, texts)))


def median_ms(run: Callable[[], object], rounds: int = 150, warm: int = 20) -> float:
    """The median of `rounds` calls in milliseconds, after some that do not count."""
    for _ in range(warm):
        run()
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        run()
        spent.append(time.perf_counter() - began)
    return _median(spent)


def _spent(answer: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Seconds for each of some texts, three times, after a first time that does not count."""
    spent = []
    for turn in range(4):
        for text in texts:
            began = time.perf_counter()
            answer(text)
            if turn:
                spent.append(time.perf_counter() - began)
    return spent


def _median(seconds: Sequence[float]) -> float:
    return round(1000 * float(np.median(seconds)), 4)


def _session(bundle: Bundle, name: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(load_graph(bundle.path / name), options, providers=["CPUExecutionProvider"])
