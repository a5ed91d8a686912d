"""Reading YAML so that every mistake is reported with its file, line and field.

`read_yaml` composes a file into `Field`s: nodes that know where they stand. It does not build Python objects, so words
that YAML 1.1 takes for booleans (`on`, `off`, `yes`, `no`) stay the words they are when they stand where a word is due.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR, _BOOL, _NULL, _INT, _FLOAT, _MERGE = (
    f"tag:yaml.org,2002:{tag}" for tag in ("str", "bool", "null", "int", "float", "merge")
)
_SWITCH_WORDS = frozenset({"on", "off", "yes", "no"})
_KINDS = {_BOOL: "a boolean", _NULL: "nothing", _INT: "a number", _FLOAT: "a number"}


class FileError(ValueError):
    """A mistake in a file: `file`, `line` (from 1; 0 where none can be named), `field` ("" for the whole file)."""

    def __init__(self, file: str, line: int, field: str, message: str) -> None:
        self.file, self.line, self.field, self.message = file, line, field, message
        super().__init__(": ".join(part for part in (f"{file}:{line}" if line else file, field, message) if part))


@dataclass(frozen=True, slots=True)
class Field:
    """One YAML node, with the file, the line and the path of keys that lead to it."""

    node: yaml.Node
    file: str
    path: str
    line: int
    error: type[FileError]
    outer: tuple[int, ...] = field(default=(), repr=False)  # ids of the mappings being merged, against endless merges

    def fail(self, message: str) -> FileError:
        """The exception to raise about this field."""
        return self.error(self.file, self.line, self.path, message)

    def items(self) -> dict[str, Field]:
        """A mapping's entries in order, merges (`<<`) applied. Raises on another type and on a key given twice."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail(f"expected a mapping, found {self._kind()}")
        own: dict[str, Field] = {}
        merged: dict[str, Field] = {}
        for key_node, value in self.node.value:
            if key_node.tag == _MERGE:
                for source in self._merge_sources(value):
                    merged = {**source.items(), **merged}
                continue
            key = self._at(key_node, self.path).text()
            child = Field(value, self.file, f"{self.path}.{key}" if self.path else key, _line(key_node), self.error)
            if key in own:
                raise child.fail(f"given twice, first in line {own[key].line}")
            own[key] = child
        return {**merged, **own}

    def fields(self, allowed: Iterable[str], required: Iterable[str] = ()) -> dict[str, Field]:
        """A mapping's entries, checked against the names of the fields it may and must have."""
        entries, known = self.items(), tuple(allowed)
        for key, child in entries.items():
            if key not in known:
                raise child.fail(f"unknown field{suggestion(key, known)}")
        for key in required:
            if key not in entries:
                raise self.fail(f"the field {key!r} is missing")
        return entries

    def sequence(self) -> list[Field]:
        """A list's elements."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail(f"expected a list, found {self._kind()}")
        return [self._at(node, f"{self.path}[{index}]") for index, node in enumerate(self.node.value)]

    def text(self) -> str:
        """A word or phrase. A number or a date must stand in quotes to be one; on, off, yes and no need not."""
        node = self.node
        if isinstance(node, yaml.ScalarNode):
            value = str(node.value)
            if node.tag == _STR or (node.tag == _BOOL and value.lower() in _SWITCH_WORDS):
                return value
            raise self.fail(f"expected text, found {self._kind()}; put {value or 'it'} in quotes if it is text")
        raise self.fail(f"expected text, found {self._kind()}")

    def flag(self) -> bool:
        """true or false."""
        value = self.node.value if isinstance(self.node, yaml.ScalarNode) and self.node.tag == _BOOL else ""
        if value.lower() not in ("true", "false"):
            raise self.fail(f"expected true or false, found {self._kind()}")
        return bool(value.lower() == "true")

    def number(self) -> float:
        """A finite number."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag in (_INT, _FLOAT):
            try:
                value = float(self.node.value)
            except ValueError:
                value = math.nan
            if math.isfinite(value):
                return value
            raise self.fail(f"expected a plain number, found {self.node.value!r}")
        raise self.fail(f"expected a number, found {self._kind()}")

    def words(self) -> tuple[str, ...]:
        """A list of texts, none twice."""
        seen: dict[str, None] = {}
        for element in self.sequence():
            word = element.text()
            if word in seen:
                raise element.fail(f"{word!r} is given twice")
            seen[word] = None
        return tuple(seen)

    def is_empty(self) -> bool:
        """Nothing was written after the key."""
        return self.node.tag == _NULL

    def _at(self, node: yaml.Node, path: str) -> Field:
        return Field(node, self.file, path, _line(node), self.error)

    def _merge_sources(self, value: yaml.Node) -> Iterator[Field]:
        outer = (*self.outer, id(self.node))
        for node in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if id(node) in outer:
                raise self.fail("merges itself (<<)")
            yield Field(node, self.file, self.path, self.line, self.error, outer)

    def _kind(self) -> str:
        if isinstance(self.node, yaml.MappingNode):
            return "a mapping"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        return _KINDS.get(self.node.tag, f"{self.node.value!r}")


def read_yaml(path: Path, error: type[FileError]) -> Field:
    """Compose the one document of a YAML file. Raises `error` when it cannot be read or is not YAML."""
    name = str(path)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except OSError as reason:
        raise error(name, 0, "", f"cannot be read: {reason.strerror or reason}") from reason
    except UnicodeDecodeError as reason:
        line = reason.object[: reason.start].count(b"\n") + 1
        raise error(name, line, "", "is not UTF-8 text") from reason
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark or reason.context_mark
        raise error(
            name, mark.line + 1 if mark else 0, "", f"is not YAML: {reason.problem or reason.context}"
        ) from reason
    except (yaml.YAMLError, RecursionError, ValueError) as reason:
        raise error(name, 0, "", f"is not YAML: {' '.join(str(reason).split())}") from reason
    if node is None:
        raise error(name, 0, "", "is empty")
    return Field(node, name, "", _line(node), error)


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'light'?)`, or nothing when no known word is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
