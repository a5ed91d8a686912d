"""The benchmark as it was frozen: what its note says, and whether its files are still those."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scenic_iot.home.yamlfile import FileError

from .freeze import NOTE, digest
from .withheld import FOLDER

AGAIN = "`scenic data benchmark --freeze` makes it anew"


class BenchmarkError(FileError):
    """The benchmark cannot be used: it was never frozen, or changed since."""


def check_frozen(folder: Path = FOLDER) -> dict[str, Any]:
    """What the note says: rows, sections, languages, difficulty, seed, patterns withheld, sha256.

    Raises BenchmarkError where a file is missing or differs from what was frozen: scores on it would be of another
    benchmark by the same name.
    """
    path = folder / NOTE
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        found = digest(folder)
    except FileNotFoundError as error:
        raise BenchmarkError(str(error.filename), 0, "", f"is missing: the benchmark is not frozen. {AGAIN}") from None
    except ValueError as error:
        raise BenchmarkError(str(path), 0, "", f"is not the note of a frozen benchmark: {error}") from None
    if not isinstance(note, dict) or note.get("sha256") != found:
        message = f"the files beside it changed since the benchmark was frozen: their digest is {found}. {AGAIN}"
        raise BenchmarkError(str(path), 0, "sha256", message)
    return note
