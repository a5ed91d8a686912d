"""Encoded pairs: token ids in flat arrays, and batches of equal length cut from them without a Python loop.

`encode` turns a corpus into token ids by table: each distinct piece is spelled once, or several times at random for
BPE-dropout, and all its occurrences are filled in at once. `Bucketed` lays the pairs out in a few padded tensors by
length, on the device where they are needed, so that a batch is one indexing operation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from scenic_iot.command.symbols import Symbols
from scenic_iot.text.tokenizer import Tokenizer

from .arrange import arrange
from .corpus import Corpus, Offsets, TextPair, collect

Ids = NDArray[np.int16] | NDArray[np.int32]
SPELLINGS = 16  # random spellings kept for each frequent piece in one encoding
_CHUNK = 100_000  # sentences filled in at a time, to keep temporary arrays small


@dataclass(frozen=True, slots=True)
class EncodedPairs:
    """Token ids and symbol ids of all pairs, one after the other; the offsets say where each begins and ends.

    Tokens are int16, or int32 where the vocabulary is too large for that."""

    source: Ids
    source_offsets: Offsets
    target: NDArray[np.int16]
    target_offsets: Offsets

    def __len__(self) -> int:
        return len(self.source_offsets) - 1

    def __getitem__(self, index: int) -> tuple[Ids, Ids]:
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
    if not tokenizer.by_pieces:
        return _encode_whole(corpus, tokenizer)
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


def _encode_whole(corpus: Corpus, tokenizer: Tokenizer) -> EncodedPairs:
    """Sentence by sentence, for tokenizers in which a piece has no tokens of its own."""
    kind = np.int16 if len(tokenizer) <= np.iinfo(np.int16).max else np.int32
    chunks, sizes = [np.zeros(0, dtype=kind)], [0]
    for begin in range(0, len(corpus), _CHUNK):
        bounds = itertools.pairwise(corpus.source_offsets[begin : begin + _CHUNK + 1].tolist())
        rows = tokenizer.encode_pieces([corpus.pieces[i] for i in corpus.source[a:b]] for a, b in bounds)
        chunks.append(np.fromiter(itertools.chain.from_iterable(rows), dtype=kind))
        sizes += map(len, rows)
    return EncodedPairs(np.concatenate(chunks), np.cumsum(sizes, dtype=np.int64), corpus.target, corpus.target_offsets)


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
    """N pairs of about the same length, padded with 0: (N + 1, S) tokens and (N + 1, T) symbols.

    The last row fills up batches: the tokens of the first row and no symbols, so it counts for nothing in the loss."""

    source: Tensor
    target: Tensor

    def __len__(self) -> int:
        return len(self.source) - 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids (B, S) and symbol ids (B, T), int64, padded with 0."""

    source: Tensor
    target: Tensor


@dataclass(frozen=True, slots=True)
class Layout:
    """How pairs are laid out for a machine."""

    batch: int
    """Pairs in a batch."""
    longest: tuple[int, int]
    """The most tokens and symbols of a pair; what is longer is cut."""
    device: torch.device
    classes: tuple[int, int] = (8, 2)
    """Classes of source length, and of target length in each."""
    multiple: int = 1
    """Lengths are rounded up to a multiple of this."""
    arranged: bool = False
    """Whether rows of a command and of near commands stand together: see `arrange`."""
    static: bool = False
    """Batches of a bucket all have the same shape, for compiled models, and encodings stay on the device."""


Shapes = list[tuple[int, int]]
"""Lengths (S, T) of the buckets; a pair goes to the first that it fits, and is cut if it fits none."""

Arrays = list[tuple[Ids, Ids]]
"""Tokens and symbols of each bucket: see `Bucket`."""


class Bucketed:
    """Encoded pairs laid out by length on one device, and the batches of each epoch.

    A batch comes from one bucket. The last one of a bucket is smaller, or filled up with empty rows where shapes must
    be few. The order depends on the seed and the epoch alone.
    """

    def __init__(self, arrays: Arrays, layout: Layout) -> None:
        """`arrays` as `lay_out` makes them."""
        self._batch, self._fill, self._arranged = layout.batch, layout.static, layout.arranged
        self.buckets = [Bucket(*(torch.from_numpy(part).to(layout.device) for part in pair)) for pair in arrays]

    def __len__(self) -> int:
        """Batches in an epoch."""
        return sum(-(-len(bucket) // self._batch) for bucket in self.buckets)

    def batches(self, seed: int, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of an epoch in random order, from the `skip`-th on."""
        rng = np.random.default_rng([seed, epoch])
        parts = [(bucket, rows) for bucket in self.buckets for rows in self._shuffled(bucket, rng)]
        for place in rng.permutation(len(parts))[skip:].tolist():
            bucket, rows = parts[place]
            yield Batch(bucket.source[rows].long(), bucket.target[rows].long())

    def once(self) -> Iterator[Batch]:
        """Every pair exactly once, in batches of up to `batch` rows."""
        for bucket in self.buckets:
            for first in range(0, len(bucket), self._batch):
                rows = slice(first, min(first + self._batch, len(bucket)))
                yield Batch(bucket.source[rows].long(), bucket.target[rows].long())

    def _shuffled(self, bucket: Bucket, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """The bucket's row numbers in random order, cut into batches."""
        order = torch.from_numpy(rng.permutation(len(bucket))).to(bucket.source.device)
        if self._arranged:
            order = arrange(bucket.target[:-1], order)
        if self._fill:
            order = functional.pad(order, (0, -len(bucket) % self._batch), value=len(bucket))
        return torch.split(order, self._batch)


def bucketed(pairs: EncodedPairs, layout: Layout) -> Bucketed:
    """Pairs laid out in the shapes that suit them."""
    return Bucketed(lay_out(pairs, bucket_shapes(pairs, layout)), layout)


def lay_out(pairs: EncodedPairs, shapes: Shapes) -> Arrays:
    """The arrays of each bucket that holds any pair; `shapes` are those of these pairs or of others like them."""
    sizes, widths = _lengths(pairs)
    fits = np.stack([(sizes <= s) & (widths <= t) for s, t in shapes])
    fits[-1] = True
    choice = fits.argmax(axis=0)
    arrays: Arrays = []
    for index, (size, width) in enumerate(shapes):
        rows = np.flatnonzero(choice == index)
        if len(rows):
            source = _padded(pairs.source, pairs.source_offsets, rows, size)
            source[-1] = source[0]
            arrays.append((source, _padded(pairs.target, pairs.target_offsets, rows, width)))
    return arrays


def bucket_shapes(pairs: EncodedPairs, layout: Layout) -> Shapes:
    """Shapes that waste little padding: classes of source length, each with classes of target length.

    Few pairs get few classes, and all get shapes in which the longest fit."""
    sizes, widths = (np.minimum(n, limit) for n, limit in zip(_lengths(pairs), layout.longest, strict=True))
    columns, rows = (min(parts, max(1, len(pairs) // (8 * layout.batch))) for parts in layout.classes)
    longest = (_up(int(sizes.max()), layout.multiple), _up(int(widths.max()), layout.multiple))
    shapes: Shapes = []
    last = 0
    for size in [*_bounds(sizes, columns, layout.multiple), longest[0]]:
        group = widths[(sizes > last) & (sizes <= size)]
        if len(group):
            shapes += [(size, width) for width in _bounds(group, rows, layout.multiple)]
        last = size
    return [*dict.fromkeys(shapes), longest]


def _lengths(pairs: EncodedPairs) -> tuple[Offsets, Offsets]:
    return np.diff(pairs.source_offsets), np.diff(pairs.target_offsets)


def _bounds(lengths: Offsets, parts: int, multiple: int) -> list[int]:
    """Up to `parts` bounds between which there is about the same number of tokens; all but the longest 1% fit."""
    ordered = np.sort(lengths)
    total = np.cumsum(ordered)
    shares = [*(part / parts for part in range(1, parts)), 0.99]
    places = np.searchsorted(total, [total[-1] * share for share in shares])
    return sorted({_up(int(ordered[place]), multiple) for place in places})


def _up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple


def _padded(flat: Ids, offsets: Offsets, rows: Offsets, width: int) -> Ids:
    """(rows + 1, width), padded with 0 and cut where longer, the last row empty."""
    result = np.zeros((len(rows) + 1, width), dtype=flat.dtype)
    for begin in range(0, len(rows), _CHUNK):
        part = rows[begin : begin + _CHUNK]
        lengths = np.minimum(offsets[part + 1] - offsets[part], width)
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        filled = np.arange(width) < lengths[:, None]
        result[begin : begin + len(part)][filled] = flat[_ranges(offsets[part], lengths, ends)]
    return result
