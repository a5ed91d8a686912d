"""What training never sees, so that the benchmark can ask for it: phrase patterns, pairs of actions, values, sentences.

Patterns are listed in `benchmark/held_out.txt`, made when the benchmark was frozen; sentences are those of its rows.
Pairs of actions and values follow from a checksum, so no list of them is needed.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Protocol

from scenic_iot.text.normalise import normalise

FOLDER = Path(__file__).parent / "benchmark"
PATTERNS = FOLDER / "held_out.txt"
ROWS = ("instruct.jsonl", "names.jsonl")
_COMBINATIONS, _NUMBERS, _CLOCKS = 25, 6, 5
"""One in so many is withheld."""
_QUARTERS = ("00", "15", "30", "45")
_NUMBER = re.compile(r" ([a-z_]+)(?:\+=|-=|=)(\d+)")
_CLOCK = re.compile(r"\d\d:\d\d")
_ACTION = re.compile(r"(\S+?)(?:@\S*)? ([a-z_]+)")


class Composed(Protocol):
    """A generated pair, as far as is asked here."""

    @property
    def text(self) -> str: ...
    @property
    def command(self) -> str: ...
    @property
    def kinds(self) -> tuple[str, ...]: ...
    @property
    def phrases(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is kept from training. `kinds` keeps back whole kinds of sentences, such as `reject:weather`."""

    patterns: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    checksums: bool = True
    """Whether pairs of actions and values are kept back too."""

    def reasons(self, pair: Composed) -> set[str]:
        """Why a pair may not be trained on: of pattern, combination, value, text, kind; empty if it may."""
        found = set()
        if not self.patterns.isdisjoint(pair.phrases):
            found.add("pattern")
        if self.checksums and "; " in pair.command and any(map(_withheld_pair, _action_pairs(pair.command))):
            found.add("combination")
        if self.checksums and not pair.command.startswith("reject") and has_withheld_value(pair.command):
            found.add("value")
        if self.texts and normalise(pair.text, placeholders=True) in self.texts:
            found.add("text")
        if self.kinds and not self.kinds.isdisjoint(pair.kinds):
            found.add("kind")
        return found

    def without(self, kinds: tuple[str, ...]) -> Withheld:
        """This, and whole kinds as well."""
        return replace(self, kinds=self.kinds | set(kinds))


NOTHING = Withheld(checksums=False)


@lru_cache(maxsize=1)
def packaged() -> Withheld:
    """What the packaged benchmark asks for. Raises OSError where a file of it is missing."""
    return Withheld(frozenset(PATTERNS.read_text(encoding="utf-8").split()), frozenset(_texts()))


def _texts() -> Iterator[str]:
    for name in ROWS:
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            yield normalise(json.loads(line)["text"])


def has_withheld_value(command: str) -> bool:
    """Whether a number or a clock time of the command is withheld; round numbers and usual temperatures never are."""
    numbers = (match.groups() for match in _NUMBER.finditer(command))
    return any(_withheld_number(*found) for found in numbers) or any(
        clock[3:] not in _QUARTERS and _one_in(_CLOCKS, clock) for clock in _CLOCK.findall(command)
    )


@lru_cache(maxsize=20_000)
def _withheld_number(attribute: str, digits: str) -> bool:
    number = int(digits)
    if number % 5 == 0 or number <= 10 or (attribute == "temperature" and 18 <= number <= 26):
        return False
    return _one_in(_NUMBERS, f"{attribute}={number}")


def _action_pairs(command: str) -> set[tuple[str, str]]:
    """The unordered pairs of "device attribute" of a command."""
    actions = sorted({" ".join(match.groups()) for part in command.split("; ") if (match := _ACTION.match(part))})
    return set(combinations(actions, 2))


@lru_cache(maxsize=20_000)
def _withheld_pair(pair: tuple[str, str]) -> bool:
    return "#" not in "".join(pair) and _one_in(_COMBINATIONS, "|".join(pair))


def _one_in(count: int, text: str) -> bool:
    return zlib.crc32(text.encode()) % count == 0
