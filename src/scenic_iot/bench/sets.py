"""What is scored: rows with the home that they are said in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home, load_home
from scenic_iot.instruct.frozen import check_frozen
from scenic_iot.instruct.withheld import FOLDER, ROWS

from .gold import Gold, read_gold

SECTION = "bench:"
"""What the kind that names a row's section of the benchmark begins with."""
HERE = Path(__file__).parent / "data"
WRITTEN = ("written.zh.jsonl", "written.en.jsonl")
"""Sentences written for measuring alone."""


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Rows that are scored together, and the home that they are said in."""

    name: str
    rows: tuple[Gold, ...]
    home: Home | None = None


def read_sets(paths: Sequence[Path], catalogue: Catalogue, home: Path | None = None) -> list[GoldSet]:
    """Gold files as sets; a folder stands for the `*.jsonl` in it. A home file beside a gold file goes with it, unless
    another is given.

    Raises GoldError, HomeError, and FileNotFoundError where there are no gold files.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    if not files:
        raise FileNotFoundError(f"no gold files (*.jsonl) in {', '.join(map(str, paths))}")
    return [_read(file, catalogue, home) for file in files]


def written_sets(catalogue: Catalogue) -> list[GoldSet]:
    """The sets written by hand that come with the package."""
    return read_sets([HERE / name for name in WRITTEN], catalogue)


def benchmark_sets(catalogue: Catalogue, folder: Path = FOLDER) -> list[GoldSet]:
    """The frozen benchmark, a set for each section. Raises BenchmarkError where it is not as it was frozen."""
    check_frozen(folder)
    sections: dict[str, GoldSet] = {}
    for part in read_sets([folder / name for name in ROWS], catalogue):
        rows: dict[str, list[Gold]] = {}
        for row in part.rows:
            name = next(kind for kind in row.kinds if kind.startswith(SECTION))
            rows.setdefault(name.removeprefix(SECTION), []).append(row)
        sections |= {name: GoldSet(name, tuple(found), part.home) for name, found in rows.items()}
    return list(sections.values())


def _read(file: Path, catalogue: Catalogue, home: Path | None) -> GoldSet:
    beside = file.with_name(f"{file.name.split('.')[0]}.home.yaml")  # logs.home.yaml beside logs.en.jsonl
    chosen = home or (beside if beside.exists() else None)
    household = load_home(chosen, catalogue) if chosen else None
    return GoldSet(file.stem, tuple(read_gold(file, catalogue, household)), household)
