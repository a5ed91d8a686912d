"""The batches of a whole training: fresh random spellings of the data for every epoch, made while others are used."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from scenic_iot.text.tokenizer import Tokenizer

from .corpus import Corpus
from .dataset import Arrays, Batch, Bucketed, Layout, Shapes, bucket_shapes, encode, lay_out


@dataclass(frozen=True, slots=True)
class Speller:
    """What makes an encoding; sent once to each process that helps."""

    corpus: Corpus
    tokenizer: Tokenizer
    layout: Layout
    seed: int
    dropout: float

    def make(self, encoding: int, shapes: Shapes | None) -> tuple[Shapes, Arrays]:
        """Encode the corpus for the `encoding`-th time and lay it out, in shapes that suit it if none are given."""
        # One number for seed and encoding: seeds next to each other must not share spellings.
        seed = int(np.random.SeedSequence([self.seed, encoding]).generate_state(1)[0])
        pairs = encode(self.corpus, self.tokenizer, self.dropout, seed)
        shapes = shapes or bucket_shapes(pairs, self.layout)
        return shapes, lay_out(pairs, shapes)


class Epochs:
    """The batches of every epoch. After `encodings` epochs the spellings come round again.

    With helpers, processes make all encodings as soon as they can, and those stay on the device: a thread would hold
    up the one that feeds a GPU. Without, a thread makes each while the one before is used. The batches of an epoch
    follow from the seed alone, whatever was asked for before.
    """

    def __init__(self, speller: Speller, encodings: int, helpers: int = 0) -> None:
        """Waits for the first encoding."""
        self._speller, self._helpers = speller, helpers
        self._encodings = encodings if speller.dropout else 1
        self._pool = self._executor()
        self.shapes, arrays = self._pool.submit(_make, speller if not helpers else None, 0, None).result()
        self._ready = {0: Bucketed(arrays, speller.layout)}
        self._asked: dict[int, Future[tuple[Shapes, Arrays]]] = {}
        for encoding in range(1, self._encodings if helpers else 0):
            self._ask(encoding)

    def __len__(self) -> int:
        """Batches in the first epoch; in others a few more or less."""
        return len(self._get(0))

    def targets(self) -> list[Tensor]:
        """The symbols (N, T) of all pairs, by length; the same in every epoch."""
        return [bucket.target for bucket in self._get(0).buckets]

    def batches(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch (from 0), from the `skip`-th on."""
        encoding, following = epoch % self._encodings, (epoch + 1) % self._encodings
        bucketed = self._get(encoding)
        self._ask(following)
        if not self._helpers:
            self._ready = {encoding: bucketed}
        yield from bucketed.batches(self._speller.seed, epoch, skip)

    def _ask(self, encoding: int) -> None:
        if encoding not in self._ready and encoding not in self._asked:
            speller = None if self._helpers else self._speller
            self._asked[encoding] = self._pool.submit(_make, speller, encoding, self.shapes)

    def _get(self, encoding: int) -> Bucketed:
        if encoding not in self._ready:
            self._ask(encoding)
            self._ready[encoding] = Bucketed(self._asked.pop(encoding).result()[1], self._speller.layout)
            if self._helpers and len(self._ready) == self._encodings:
                self._pool.shutdown(wait=False)
        return self._ready[encoding]

    def _executor(self) -> Executor:
        if not self._helpers:
            return ThreadPoolExecutor(1)
        count = min(self._helpers, self._encodings)
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(count, context, initializer=_receive, initargs=(self._speller,))


_received: list[Speller] = []  # in a helping process, what it was sent


def _receive(speller: Speller) -> None:
    _received[:] = [speller]


def _make(speller: Speller | None, encoding: int, shapes: Shapes | None) -> tuple[Shapes, Arrays]:
    return (speller or _received[0]).make(encoding, shapes)
