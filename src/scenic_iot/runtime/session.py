"""The model under onnxruntime: a sentence is read once, then symbols are written step by step with a cache."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime as ort

from .bundle import LAYOUT, Bundle, BundleError
from .decode import Floats, Indices


class Session:
    """The encoder and the decoder of a bundle, loaded once."""

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        """Raises BundleError where onnxruntime cannot load a graph."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0" if threads > 1 else "1")
        try:
            self._encoder, self._decoder = (
                ort.InferenceSession(bundle.path / name, options, providers=["CPUExecutionProvider"])
                for name in (LAYOUT.encoder, LAYOUT.decoder)
            )
        except Exception as error:  # onnxruntime raises classes of its own that share no public base
            raise BundleError(f"{bundle.path}: onnxruntime cannot load the model: {error}") from error
        rows, head = (self._decoder.get_inputs()[1].shape[i] for i in (1, 3))
        self._empty = np.zeros((1, rows, 0, head), dtype=np.float32)

    def read(self, tokens: Sequence[int]) -> Reading:
        """Read a sentence of token ids; what comes back decodes it."""
        ids = np.array([tokens], dtype=np.int64)
        mask = np.ones_like(ids)
        (cross,) = self._encoder.run(None, {"input_ids": ids, "attention_mask": mask})
        return Reading(self._decoder, cross, mask, self._empty)


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
