"""Files of pairs: JSON lines or one JSON list, with `text` and `command` or with `prompt` and `response`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenic_iot.home.yamlfile import FileError

Progress = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is done, and how much there is."""
_NAMES = (("text", "command"), ("prompt", "response"))
_EVERY = 5000
_SPACE = " \t\r\n"


def silent(stage: str, done: int, total: int) -> None:
    """A Progress that shows nothing."""


class PairFileError(FileError):
    """A mistake in a file of pairs: `file`, `line`, `field` and `message`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One pair as it stands in a file."""

    text: str
    answer: str
    """The command or the response."""
    named: str
    """What the file calls the answer: "command" or "response". Only answers of one name can be compared."""
    line: int
    accept: tuple[str, ...] = ()
    """Further answers that count as right."""
    phrases: tuple[str, ...] = ()
    """Ids of the phrase patterns that the text was made from, where the file has them."""


def read_rows(path: Path, progress: Progress = silent) -> list[Row]:
    """All rows of a file. Raises PairFileError, also for a file that cannot be read or holds no rows."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PairFileError(str(path), 0, "", f"cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PairFileError(str(path), line, "", "is not UTF-8 text") from error
    entries = _listed(path, text) if text.lstrip(_SPACE).startswith("[") else _lines(path, text)
    rows: list[Row] = []
    for end, line, place, data in entries:
        rows.append(_row(path, line, place, data))
        if len(rows) % _EVERY == 0:
            progress(f"reading {path.name}", end, len(text))
    if not rows:
        raise PairFileError(str(path), 1, "", "holds no rows")
    progress(f"reading {path.name}", len(text), len(text))
    return rows


def _lines(path: Path, text: str) -> Iterator[tuple[int, int, str, Any]]:
    """(characters read, line, path of the object, object) of each JSON line."""
    end = 0
    for number, line in enumerate(text.split("\n"), 1):
        end += len(line) + 1
        if not line.strip(_SPACE):
            continue
        try:
            yield end, number, "", json.loads(line)
        except (ValueError, RecursionError) as error:
            raise PairFileError(str(path), number, "", f"is not a JSON object: {error}") from None


def _listed(path: Path, text: str) -> Iterator[tuple[int, int, str, Any]]:
    """As _lines, for a list; read an element at a time, so that each is known by its line."""
    decode, line, counted = json.JSONDecoder().raw_decode, 1, 0
    at, index = _skip(text, _skip(text, 0) + 1), 0
    while not (index == 0 and text[at : at + 1] == "]"):
        line, counted = line + text.count("\n", counted, at), at
        place = f"[{index}]"
        try:
            data, end = decode(text, at)
        except (ValueError, RecursionError) as error:
            raise PairFileError(str(path), getattr(error, "lineno", line), place, f"is not JSON: {error}") from None
        yield end, line, place, data
        at = _skip(text, end)
        mark = text[at : at + 1]
        if mark not in (",", "]"):
            line += text.count("\n", counted, at)
            raise PairFileError(str(path), line, place, "is not JSON: ',' or ']' is due after it")
        if mark == "]":
            break
        at, index = _skip(text, at + 1), index + 1
    rest = _skip(text, at + 1)
    if rest < len(text):
        raise PairFileError(str(path), text.count("\n", 0, rest) + 1, "", "is not JSON: something follows the list")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _row(path: Path, line: int, place: str, data: Any) -> Row:
    def wrong(name: str, message: str) -> PairFileError:
        return PairFileError(str(path), line, f"{place}.{name}" if place and name else place or name, message)

    def word(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong(name, "must be a text")
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise wrong(name, "holds half a character (a lone surrogate)")
        return value

    def words(name: str) -> tuple[str, ...]:
        values = data.get(name) or ()
        if not isinstance(values, list | tuple):
            raise wrong(name, "must be a list of texts")
        return tuple(word(name, value) for value in values)

    if not isinstance(data, dict):
        raise wrong("", "is not a JSON object")
    names = next((names for names in _NAMES if names[0] in data), None)
    if names is None:
        raise wrong("text", "is missing (and so is 'prompt')")
    for name in names:
        if name not in data:
            raise wrong(name, "is missing")
    text, answer = (word(name, data[name]) for name in names)
    return Row(text, answer, names[1], line, words("accept"), words("phrases"))
