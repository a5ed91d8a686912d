"""The model under onnxruntime: a sentence is read once, then symbols are written step by step with a cache.

An encoder-only model gives all it knows at once; its steps are look-ups (see `grid`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from .bundle import BundleError, Loadable
from .decode import Floats, Indices, Step
from .grid import GridReader, GridReading, read_layout
from .packed import SUFFIX, PackedError, unpack


class Session:
    """The graphs of a bundle, loaded once."""

    def __init__(self, bundle: Loadable, threads: int = 1) -> None:
        """Raises BundleError where onnxruntime cannot load a graph."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0" if threads > 1 else "1")
        try:
            self._encoder, *decoders = (
                ort.InferenceSession(load_graph(bundle.path / name), options, providers=["CPUExecutionProvider"])
                for name in bundle.layout.graphs
            )
        except BundleError:
            raise
        except Exception as error:  # onnxruntime raises classes of its own that share no public base
            raise BundleError(f"{bundle.path}: onnxruntime cannot load the model: {error}") from error
        self._decoder = decoders[0] if decoders else None
        self._outputs = [output.name for output in self._encoder.get_outputs()]  # "pooled" comes last if at all
        if self._decoder is None:
            self._grid = GridReader(read_layout(bundle.config["model"]["grid"]))
        else:
            rows, head = (self._decoder.get_inputs()[1].shape[i] for i in (1, 3))
            self._empty = np.zeros((1, rows, 0, head), dtype=np.float32)

    def read(self, tokens: Sequence[int]) -> Step:
        """Read a sentence of token ids; what comes back decodes it."""
        return self.read_pooled(tokens)[0]

    def read_pooled(self, tokens: Sequence[int]) -> tuple[Step, Floats]:
        """Read a sentence; also its vector (W,), which is empty where an older bundle has none."""
        ids = np.array([tokens], dtype=np.int64)
        mask = np.ones_like(ids)
        feed = {"input_ids": ids, "attention_mask": mask}
        read, *pooled = self._encoder.run(self._outputs, feed)
        vector: Floats = pooled[0][0] if pooled else np.zeros(0, dtype=np.float32)
        if self._decoder is None:
            return GridReading(self._grid, read[0]), vector
        return Reading(self._decoder, read, mask, self._empty), vector


class Reading:
    """A sentence that was read: given the hypotheses' last symbols, the logits of the next (see `decode`)."""

    def __init__(self, decoder: ort.InferenceSession, cross: Floats, mask: Indices, empty: Floats) -> None:
        self._decoder, self._cross, self._mask, self._past = decoder, cross, mask, empty

    def __call__(self, tokens: Indices, parents: Indices | None) -> Floats:
        past = self._past if parents is None else self._past[parents]
        feeds = {"symbol_ids": tokens[:, None], "past": past, "cross": self._cross, "attention_mask": self._mask}
        logits, self._past = self._decoder.run(None, feeds)
        result: Floats = logits[:, -1]
        return result


def load_graph(path: Path) -> Path | bytes:
    """What onnxruntime loads: the file, or what was packed in it. Raises BundleError, OSError."""
    if path.suffix != SUFFIX:
        return path
    try:
        return unpack(path.read_bytes())
    except PackedError as reason:
        raise BundleError(f"{path} {reason}") from reason
