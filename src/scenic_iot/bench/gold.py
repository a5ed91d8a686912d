"""Gold files: instructions with the commands they mean, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenic_iot.command.errors import CommandError
from scenic_iot.command.parse import parse
from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home
from scenic_iot.home.yamlfile import FileError


class GoldError(FileError):
    """A bad line in a gold file: `file`, `line`, `field` and `message`."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One instruction; `right` are all commands that count."""

    text: str
    command: str
    right: tuple[str, ...]
    sure: bool
    kinds: tuple[str, ...]


def read_gold(path: Path, catalogue: Catalogue | None = None, home: Home | None = None) -> list[Gold]:
    """The rows of a gold file. Raises GoldError naming the line and what is wrong, OSError if there is no file."""
    rows = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if line.strip():
            rows.append(_row(path, number, line, catalogue, home))
    if not rows:
        raise GoldError(str(path), 1, "", "holds no rows")
    return rows


def _row(path: Path, number: int, line: bytes, catalogue: Catalogue | None, home: Home | None) -> Gold:
    def wrong(field: str, message: str) -> GoldError:
        return GoldError(str(path), number, field, message)

    try:
        data: Any = json.loads(line.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise wrong("", f"is not a JSON object: {error}") from None
    if not isinstance(data, dict):
        raise wrong("", "is not a JSON object")
    for field in ("text", "command"):
        if not isinstance(data.get(field), str):
            raise wrong(field, "must be a text")
    accept = data.get("accept", [])
    if not isinstance(accept, list) or not all(isinstance(entry, str) for entry in accept):
        raise wrong("accept", "must be a list of commands")
    kinds = data.get("kinds", [])
    if not isinstance(kinds, list) or not all(isinstance(entry, str) for entry in kinds):
        raise wrong("kinds", "must be a list of words")
    for field, command in (("command", data["command"]), *(("accept", entry) for entry in accept)):
        try:
            parse(command, catalogue, home)
        except CommandError as error:
            raise wrong(field, f"{command!r}: {error}") from None
    right = (data["command"], *accept)
    return Gold(data["text"], data["command"], right, bool(data.get("sure", True)), tuple(kinds))
