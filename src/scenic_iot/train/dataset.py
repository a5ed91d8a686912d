"""Encoded pairs: token ids in flat arrays, and batches of equal length cut from them without a Python loop.

`encode` turns a corpus into token ids by table: each distinct piece is spelled once, or several times at random for
BPE-dropout, and all its occurrences are filled in at once. `Bucketed` lays the pairs out in a few padded tensors by
length, on the device where they are needed, so that a batch is one indexing operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenic_iot.command.symbols import Symbols
from scenic_iot.text.tokenizer import Tokenizer

from .corpus import Corpus, Offsets, TextPair, collect

SPELLINGS = 16  # random spellings kept for each frequent piece in one encoding
_CHUNK = 100_000  # sentences filled in at a time, to keep temporary arrays small


@dataclass(frozen=True, slots=True)
class EncodedPairs:
    """Token ids and symbol ids of all pairs, one after the other; the offsets say where each begins and ends."""

    source: NDArray[np.int16]
    source_offsets: Offsets
    target: NDArray[np.int16]
    target_offsets: Offsets

    def __len__(self) -> int:
        return len(self.source_offsets) - 1

    def __getitem__(self, index: int) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Token ids and symbol ids of one pair."""
        a, b = self.source_offsets[index : index + 2]
        c, d = self.target_offsets[index : index + 2]
        return self.source[a:b], self.target[c:d]


def encode_corpus(
    pairs: Iterable[TextPair], tokenizer: Tokenizer, symbols: Symbols, dropout: float = 0.0, seed: int = 0
) -> EncodedPairs:
    """Encode pairs straight away; for pairs that are encoded more than once, `collect` them and use `encode`."""
    return encode(collect(pairs, symbols), tokenizer, dropout, seed)


def encode(corpus: Corpus, tokenizer: Tokenizer, dropout: float = 0.0, seed: int = 0) -> EncodedPairs:
    """Token ids of a corpus; with `dropout` (BPE-dropout, in [0, 1)) the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    flat, starts, lengths, first, choices = _spellings(corpus, tokenizer, dropout, rng)
    chunks, sizes = [], []
    for begin in range(0, len(corpus), _CHUNK):
        bounds = corpus.source_offsets[begin : begin + _CHUNK + 1]
        pieces = corpus.source[bounds[0] : bounds[-1]]
        slots = first[pieces]
        if dropout:
            slots = slots + (rng.random(len(pieces), dtype=np.float32) * choices[pieces]).astype(np.int64)
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths[slots])])
        chunks.append(flat[_ranges(starts[slots], lengths[slots], ends)])
        sizes.append(np.diff(ends[bounds - bounds[0]]))
    source = np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int16)
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate(sizes or [np.zeros(0)]))])
    return EncodedPairs(source, offsets.astype(np.int64), corpus.target, corpus.target_offsets)


def _spellings(
    corpus: Corpus, tokenizer: Tokenizer, dropout: float, rng: np.random.Generator
) -> tuple[NDArray[np.int16], Offsets, Offsets, Offsets, Offsets]:
    """All spellings of all pieces: their ids in a row, where each begins, how long it is; then for each piece the
    number of its first spelling and how many it has: no more than it occurs."""
    frequency = np.bincount(corpus.source, minlength=len(corpus.pieces))
    spelled: list[tuple[int, ...]] = []
    choices = np.ones(len(corpus.pieces), dtype=np.int64)
    for index, piece in enumerate(corpus.pieces):
        if dropout and len(piece) > 1:
            choices[index] = max(1, min(SPELLINGS, int(frequency[index])))
            spelled += [tokenizer.piece(piece, dropout, rng) for _ in range(choices[index])]
        else:
            spelled.append(tokenizer.piece(piece))
    lengths = np.array([len(ids) for ids in spelled], dtype=np.int64)
    flat = np.array([token for ids in spelled for token in ids], dtype=np.int16)
    return flat, np.cumsum(lengths) - lengths, lengths, np.cumsum(choices) - choices, choices


def _ranges(starts: Offsets, lengths: Offsets, ends: Offsets) -> Offsets:
    """start, start+1, … for each start and length, in a row; `ends` are the summed lengths with a 0 in front."""
    return np.arange(ends[-1], dtype=np.int64) + np.repeat(starts - ends[:-1], lengths)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Pairs of about the same length, padded with 0: (N, S) tokens and (N, T) symbols, int16."""

    source: Tensor
    target: Tensor

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids (B, S) and symbol ids (B, T), int64, padded with 0."""

    source: Tensor
    target: Tensor


class Bucketed:
    """Encoded pairs laid out by length on one device, and the batches of each epoch.

    Every batch has exactly `batch` rows of one bucket, so that shapes are few; what is missing at the end of a bucket
    is filled up with its first rows of that epoch. The order depends on the seed and the epoch alone.
    """

    def __init__(
        self,
        pairs: EncodedPairs,
        batch: int,
        device: torch.device | str = "cpu",
        *,
        longest: tuple[int, int] = (192, 128),
        buckets: tuple[int, int] = (8, 2),
        multiple: int = 1,
    ) -> None:
        """`longest` are the most tokens and symbols, what is longer is cut; `buckets` how many classes of length each
        gets; lengths are rounded up to a `multiple`."""
        self.batch, self.device = batch, torch.device(device)
        sizes = np.minimum(np.diff(pairs.source_offsets), longest[0])
        widths = np.minimum(np.diff(pairs.target_offsets), longest[1])
        self.buckets = [
            Bucket(
                self._padded(pairs.source, pairs.source_offsets, rows, sizes[rows], multiple, longest[0]),
                self._padded(pairs.target, pairs.target_offsets, rows, widths[rows], multiple, longest[1]),
            )
            for rows in _classes(sizes, widths, buckets, batch)
        ]

    def __len__(self) -> int:
        """Batches in an epoch."""
        return sum(-(-len(bucket) // self.batch) for bucket in self.buckets)

    def batches(self, seed: int, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from the `skip`-th on."""
        rng = np.random.default_rng([seed, epoch])
        orders = [torch.from_numpy(_filled_up(rng, len(bucket), self.batch)).to(self.device) for bucket in self.buckets]
        places = [(index, row) for index, order in enumerate(orders) for row in range(len(order))]
        for place in rng.permutation(len(places))[skip:].tolist():
            index, row = places[place]
            rows = orders[index][row]
            bucket = self.buckets[index]
            yield Batch(bucket.source[rows].long(), bucket.target[rows].long())

    def _padded(
        self, flat: NDArray[np.int16], offsets: Offsets, rows: Offsets, lengths: Offsets, multiple: int, longest: int
    ) -> Tensor:
        width = min(-(-int(lengths.max()) // multiple) * multiple, max(longest, int(lengths.max())))
        result = np.zeros((len(rows), width), dtype=np.int16)
        for begin in range(0, len(rows), _CHUNK):
            part = slice(begin, begin + _CHUNK)
            ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths[part])])
            filled = np.arange(width) < lengths[part, None]
            result[part][filled] = flat[_ranges(offsets[rows[part]], lengths[part], ends)]
        return torch.from_numpy(result).to(self.device)


def _classes(sizes: Offsets, widths: Offsets, buckets: tuple[int, int], batch: int) -> list[Offsets]:
    """Row numbers of each bucket: classes of source length, each cut into classes of target length.

    A class with less than a batch of rows joins the next longer one, the last the one before."""
    classes: list[Offsets] = []
    rows = np.arange(len(sizes))
    for column in _quantiles(sizes, rows, buckets[0]):
        classes += _quantiles(widths, column, buckets[1])
    merged: list[Offsets] = []
    waiting = np.zeros(0, dtype=np.int64)
    for group in classes:
        waiting = np.concatenate([waiting, group])
        if len(waiting) >= batch:
            merged.append(waiting)
            waiting = np.zeros(0, dtype=np.int64)
    if len(waiting):
        merged[-1:] = [np.concatenate([*merged[-1:], waiting])]
    return merged


def _quantiles(lengths: Offsets, rows: Offsets, parts: int) -> list[Offsets]:
    """The rows in up to `parts` classes of length, with about the same number of tokens each, shortest first."""
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    total = np.cumsum(lengths[rows])
    bounds = [lengths[rows[np.searchsorted(total, total[-1] * part / parts)]] for part in range(1, parts)]
    cuts = np.searchsorted(lengths[rows], sorted(set(bounds)), side="right")
    return [group for group in np.split(rows, cuts) if len(group)]


def _filled_up(rng: np.random.Generator, rows: int, batch: int) -> NDArray[np.int64]:
    """A permutation of the rows in full batches, (batches, batch): begun again where rows run out."""
    order = rng.permutation(rows)
    return np.resize(order, (-(-rows // batch), batch))
