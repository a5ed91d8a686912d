"""Data sets as files: pairs written as JSON lines or Parquet. The same for a seed, however many processes make them.

A set of `count` pairs is made in shards of `SHARD` pairs, each from a seed of its own.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from .generate import Pair, pairs
from .lexicon import LANGUAGES
from .mix import Mix

SHARD = 10_000


def shards(seed: int, count: int) -> list[tuple[int, int]]:
    """(seed, size) of each shard."""
    sizes = [SHARD] * (count // SHARD) + ([count % SHARD] if count % SHARD else [])
    return [(seed * 1_000_003 + index, size) for index, size in enumerate(sizes)]


def row(pair: Pair) -> dict[str, Any]:
    """A pair as it is written: names only where there are some."""
    data: dict[str, Any] = {
        "text": pair.text,
        "command": pair.command,
        "language": pair.language,
        "difficulty": pair.difficulty,
        "kinds": pair.kinds,
        "phrases": pair.phrases,
    }
    if pair.names:
        data["names"] = pair.names
    if pair.areas:
        data["areas"] = pair.areas
    return data


def line(pair: Pair) -> str:
    """`row` as a line of JSON. Put together here because it is half the time of generating to have `json` do it; only
    the text can hold what JSON must escape."""
    text = encode_basestring(pair.text)
    kinds, phrases = (", ".join([f'"{word}"' for word in words]) for words in (pair.kinds, pair.phrases))
    more = f', "names": {json.dumps(pair.names)}' if pair.names else ""
    more += f', "areas": {pair.areas}' if pair.areas else ""
    return (
        f'{{"text": {text}, "command": "{pair.command}", "language": "{pair.language}", '
        f'"difficulty": "{pair.difficulty}", "kinds": [{kinds}], "phrases": [{phrases}]{more}}}\n'
    )


def _make(job: tuple[int, int, tuple[str, ...], Mix]) -> list[Pair]:
    seed, size, languages, mix = job
    return list(pairs(seed, size, languages, mix))


def generate(
    seed: int, count: int, languages: Sequence[str] = LANGUAGES, mix: Mix | None = None, processes: int = 1
) -> Iterator[list[Pair]]:
    """Shards of pairs in order."""
    jobs = [(shard, size, tuple(languages), mix or Mix()) for shard, size in shards(seed, count)]
    if processes <= 1 or len(jobs) == 1:
        yield from map(_make, jobs)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(jobs))) as pool:
        yield from pool.imap(_make, jobs)


def write_jsonl(path: Path, parts: Iterator[list[Pair]], progress: Callable[[int], None] = lambda done: None) -> int:
    """Write pairs as JSON lines; the file appears when it is whole. Returns how many."""
    return _write(path, parts, progress, _Jsonl)


def write_parquet(path: Path, parts: Iterator[list[Pair]], progress: Callable[[int], None] = lambda done: None) -> int:
    """Write pairs as Parquet (needs pyarrow, of the extra `train`); the file appears when it is whole."""
    return _write(path, parts, progress, _Parquet)


class _Jsonl:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write(self, part: Sequence[Pair]) -> None:
        self._file.writelines(map(line, part))

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def write(self, part: Sequence[Pair]) -> None:
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415

        table = pyarrow.Table.from_pylist([asdict(pair) for pair in part])
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _write(
    path: Path, parts: Iterator[list[Pair]], progress: Callable[[int], None], sink: Callable[[Path], Any]
) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    done = 0
    writer = sink(partial)
    try:
        for part in parts:
            writer.write(part)
            done += len(part)
            progress(done)
        writer.close()
        partial.replace(path)
    except BaseException:
        writer.close()
        partial.unlink(missing_ok=True)
        raise
    return done
