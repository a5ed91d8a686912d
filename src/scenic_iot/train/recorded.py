"""Steps of training recorded as CUDA graphs, one for each shape of batch, and replayed.

A step of a small model is some hundred kernels of a few microseconds: launching them from Python takes longer than they
run. A recording launches all of them at once. (https://pytorch.org/blog/accelerating-pytorch-with-cuda-graphs/)
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Step = Callable[[Tensor, Tensor], Tensor]
"""All of a step that happens on the device: tokens (B, S) and symbols (B, T) to the loss, as a scalar."""
WARM = 3
"""Times that a shape is stepped plainly before it is recorded: rare shapes, such as last batches, never are."""
MOST = 48
"""Recordings kept; they share their memory."""


@dataclass(frozen=True, slots=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    source: Tensor
    target: Tensor
    loss: Tensor

    def replay(self, source: Tensor, target: Tensor) -> Tensor:
        self.source.copy_(source)
        self.target.copy_(target)
        self.graph.replay()
        return self.loss


class Recorded:
    """A step that is recorded when its batches' shape has come up often enough. What the step reads from Python, a rate
    of learning for example, must be a tensor on the device, or it stays as it was recorded.

    The loss that it gives is overwritten by the next step. A step that cannot be recorded is done plainly, with a
    warning.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._seen: Counter[tuple[int, ...]] = Counter()
        self._recordings: dict[tuple[int, ...], _Recording] = {}
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # the default one cannot be recorded
        self._pool = torch.cuda.graph_pool_handle()
        self._works = True

    def __call__(self, source: Tensor, target: Tensor) -> Tensor:
        now = torch.cuda.current_stream()
        self._stream.wait_stream(now)
        with torch.cuda.stream(self._stream):
            loss = self._run(source, target)
        now.wait_stream(self._stream)
        return loss

    def _run(self, source: Tensor, target: Tensor) -> Tensor:
        shape = (*source.shape, *target.shape)
        found = self._recordings.get(shape)
        if found is None:
            self._seen[shape] += 1
            if not self._works or self._seen[shape] <= WARM or len(self._recordings) == MOST:
                return self._step(source, target)
            found = self._record(source, target)
            if found is None:
                return self._step(source, target)
            self._recordings[shape] = found
        return found.replay(source, target)

    def _record(self, source: Tensor, target: Tensor) -> _Recording | None:
        graph = torch.cuda.CUDAGraph()
        kept, wanted = source.clone(), target.clone()
        try:
            with torch.cuda.graph(graph, pool=self._pool, stream=self._stream, capture_error_mode="thread_local"):
                loss = self._step(kept, wanted)
        except RuntimeError as reason:
            self._works = False
            warnings.warn(f"steps are not recorded, which is slower: {reason}", stacklevel=2)
            return None
        return _Recording(graph, kept, wanted, loss)
