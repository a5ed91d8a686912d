"""Pairs as numbers, before any tokenizer: pieces of text and symbols of commands in flat arrays.

Each sentence is split into pieces once; a tokenizer then turns pieces into tokens by table (see `dataset`), however
often and however randomly that is wanted. Generating is spread over processes in shards of a fixed size, each with its
own seed, so that the result does not depend on how many processes there are.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.instruct.target import Targets
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import split

Offsets = NDArray[np.int64]
SHARD = 20_000


class TextPair(Protocol):
    """A sentence, perhaps with placeholders, and the command it means, perhaps with `#1`, `@#1` …"""

    @property
    def text(self) -> str: ...
    @property
    def command(self) -> str: ...


Source = Callable[[int, int], Iterable[TextPair]]
"""seed, count -> so many pairs, the same for the same seed. Must be picklable where several processes are used."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sentence i has the pieces `pieces[source[a:b]]` with a, b = source_offsets[i:i+2]; likewise its symbols."""

    pieces: tuple[str, ...]
    source: NDArray[np.int32]
    source_offsets: Offsets
    target: NDArray[np.int16]
    target_offsets: Offsets

    def __len__(self) -> int:
        return len(self.source_offsets) - 1

    def counts(self) -> Counter[str]:
        """How often each piece occurs."""
        frequency = np.bincount(self.source, minlength=len(self.pieces))
        return Counter(dict(zip(self.pieces, frequency.tolist(), strict=True)))

    def take(self, first: int, last: int) -> Corpus:
        """The sentences first..last-1, without copying them."""
        a, b = self.source_offsets[first : last + 1], self.target_offsets[first : last + 1]
        return Corpus(self.pieces, self.source[a[0] : a[-1]], a - a[0], self.target[b[0] : b[-1]], b - b[0])

    def digest(self) -> str:
        """SHA-256 over all pieces, sentences and symbols."""
        state = hashlib.sha256("\n".join(self.pieces).encode())
        for array in (self.source, self.source_offsets, self.target, self.target_offsets):
            state.update(np.ascontiguousarray(array).tobytes())
        return state.hexdigest()

    def save(self, path: Path) -> None:
        """Write as one `.npz`, whole or not at all."""
        temporary = path.with_name(path.name + ".part")
        with temporary.open("wb") as file:
            np.savez(
                file,
                pieces=np.frombuffer("\n".join(self.pieces).encode(), dtype=np.uint8),
                source=self.source,
                source_offsets=self.source_offsets,
                target=self.target,
                target_offsets=self.target_offsets,
            )
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        """Read what `save` wrote. Raises OSError or ValueError."""
        with np.load(path) as arrays:
            pieces = tuple(arrays["pieces"].tobytes().decode().split("\n"))
            return cls(pieces, arrays["source"], arrays["source_offsets"], arrays["target"], arrays["target_offsets"])


def collect(pairs: Iterable[TextPair], symbols: Symbols) -> Corpus:
    """Normalise and split the texts, and encode the commands. Raises CommandError or KeyError for no such symbol."""
    targets = Targets(symbols)
    return collect_rows((pair.text, targets.encode(pair.command)) for pair in pairs)


def collect_rows(pairs: Iterable[tuple[str, Sequence[int]]]) -> Corpus:
    """Normalise and split texts; each comes with the row of symbols that is to be written."""
    known: dict[str, int] = {}
    source: list[int] = []
    target: list[int] = []
    source_ends, target_ends = [0], [0]
    for text, row in pairs:
        source += [known.setdefault(p, len(known)) for p in split(normalise(text, placeholders=True))]
        target += row
        source_ends.append(len(source))
        target_ends.append(len(target))
    return Corpus(
        tuple(known),
        np.array(source, dtype=np.int32),
        np.array(source_ends, dtype=np.int64),
        np.array(target, dtype=np.int16),
        np.array(target_ends, dtype=np.int64),
    )


def join(corpora: Sequence[Corpus]) -> Corpus:
    """One corpus of several, in their order."""
    known: dict[str, int] = {}
    sources = []
    for corpus in corpora:
        places = np.array([known.setdefault(piece, len(known)) for piece in corpus.pieces], dtype=np.int32)
        sources.append(places[corpus.source])
    return Corpus(
        tuple(known),
        np.concatenate(sources),
        _join_offsets([corpus.source_offsets for corpus in corpora]),
        np.concatenate([corpus.target for corpus in corpora]),
        _join_offsets([corpus.target_offsets for corpus in corpora]),
    )


def build_corpus(
    source: Source, count: int, seed: int, *, catalogue: Path | None = None, workers: int = 1, shard: int = SHARD
) -> Corpus:
    """`count` pairs from `source`, in shards whose seeds follow from `seed`, made by `workers` processes.

    The symbols are those of the catalogue file, the packaged one if None. More than one worker starts new interpreters,
    so the caller must be importable (`if __name__ == "__main__"`).
    """
    sizes = [min(shard, count - first) for first in range(0, count, shard)]
    seeds = [int(np.random.SeedSequence([seed, index]).generate_state(1)[0]) for index in range(len(sizes))]
    if min(workers, len(sizes)) <= 1:
        return join([_shard(source, *job, catalogue) for job in zip(seeds, sizes, strict=True)])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(sizes)), mp_context=context) as pool:
        return join(list(pool.map(_shard, repeat(source), seeds, sizes, repeat(catalogue))))


def _shard(source: Source, seed: int, count: int, catalogue: Path | None) -> Corpus:
    return collect(source(seed, count), Symbols(load_catalogue(catalogue)))


def _join_offsets(parts: Sequence[Offsets]) -> Offsets:
    starts = np.cumsum([0, *(part[-1] for part in parts)])
    shifted = [part[1:] + start for part, start in zip(parts, starts, strict=False)]
    return np.concatenate([np.zeros(1, dtype=np.int64), *shifted])
