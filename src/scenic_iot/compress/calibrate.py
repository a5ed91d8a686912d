"""Calibration data: few pairs in which every device, language and number of actions occurs.

The first rows of a file, which is what is often taken, may hold nothing of some devices; then their weights look
unimportant. Here rows are drawn in turn from strata: the rarest first, so that few rows are enough to meet all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from scenic_iot.model.base import Model
from scenic_iot.text.tokenizer import Tokenizer
from scenic_iot.train.corpus import Corpus, Offsets
from scenic_iot.train.dataset import Batch, EncodedPairs, Layout, bucketed, encode

Kind = TypeVar("Kind", bound=np.generic)
PAIRS = 512
"""Pairs unless asked otherwise."""
_BATCH = 64

Stratum = tuple[int, str, int]
"""What is addressed (the first symbol: a device, or a reason to refuse), language, number of actions."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The chosen pairs, encoded, in batches of about equal length on one device."""

    pairs: EncodedPairs
    batches: tuple[Batch, ...]
    strata: int
    """Kinds of pairs that were found, each with a pair at least where there is room."""

    def sentences(self) -> list[list[int]]:
        """Token ids of each sentence."""
        return [self.pairs[index][0].tolist() for index in range(len(self.pairs))]

    def targets(self) -> list[list[int]]:
        """Symbol ids of each command, the end symbol included."""
        return [self.pairs[index][1].tolist() for index in range(len(self.pairs))]


def stratum(corpus: Corpus, index: int, between: int) -> Stratum:
    """The stratum of one pair; `between` is the symbol that stands between actions."""
    a, b = corpus.source_offsets[index : index + 2]
    c, d = corpus.target_offsets[index : index + 2]
    row = corpus.target[c:d]
    chinese = any("\u4e00" <= char <= "\u9fff" for piece in corpus.source[a:b] for char in corpus.pieces[piece])
    actions = 1 + int((row == between).sum())
    return int(row[0]), "zh" if chinese else "en", actions


def choose(corpus: Corpus, between: int, count: int = PAIRS, *, among: int = 50_000, seed: int = 0) -> list[int]:
    """Indices of `count` pairs, drawn in turn from the strata of up to `among` random pairs, rare strata first."""
    rng = np.random.default_rng(seed)
    strata: dict[Stratum, list[int]] = defaultdict(list)
    for index in rng.permutation(len(corpus))[:among].tolist():
        strata[stratum(corpus, index, between)].append(index)
    waiting = sorted(strata.values(), key=len)
    chosen: list[int] = []
    turn = 0
    while len(chosen) < min(count, len(corpus), among):
        chosen += [rows[turn] for rows in waiting if turn < len(rows)]
        turn += 1
    return chosen[:count]


def calibration(
    corpus: Corpus,
    tokenizer: Tokenizer,
    between: int,
    model: Model,
    count: int = PAIRS,
    *,
    device: torch.device | None = None,
    seed: int = 0,
) -> Calibration:
    """Calibration data for a model, which must be able to read it; `between` is the symbol between actions.

    Raises ValueError where a token has no embedding: exported lookups would fail on it, or read something else.
    """
    chosen = choose(corpus, between, count, seed=seed)
    pairs = encode(_pick(corpus, chosen), tokenizer)
    check_ids(pairs, model)
    longest = (model.config.max_source, model.config.max_target)
    layout = Layout(_BATCH, longest, device or torch.device("cpu"))
    batches = tuple(bucketed(pairs, layout).once())
    return Calibration(pairs, batches, len({stratum(corpus, index, between) for index in chosen}))


def check_ids(pairs: EncodedPairs, model: Model) -> None:
    """Raise ValueError where token or symbol ids reach past the embeddings of a model."""
    for kind, ids, table in (("token", pairs.source, model.tokens), ("symbol", pairs.target, model.symbols)):
        if len(ids) and int(ids.max()) >= table.num_embeddings:
            raise ValueError(f"{kind} {int(ids.max())} is past the embedding, which has {table.num_embeddings} rows")


def _pick(corpus: Corpus, chosen: Sequence[int]) -> Corpus:
    """A corpus of these pairs alone."""
    source, source_offsets = _rows(corpus.source, corpus.source_offsets, chosen)
    target, target_offsets = _rows(corpus.target, corpus.target_offsets, chosen)
    return Corpus(corpus.pieces, source, source_offsets, target, target_offsets)


def _rows(flat: NDArray[Kind], offsets: Offsets, chosen: Sequence[int]) -> tuple[NDArray[Kind], Offsets]:
    parts = [flat[offsets[index] : offsets[index + 1]] for index in chosen]
    ends = np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)
    return np.concatenate(parts), ends


def on_device(batches: Sequence[Batch], device: torch.device) -> list[Batch]:
    """The batches on another device."""
    return [Batch(batch.source.to(device), batch.target.to(device)) for batch in batches]
