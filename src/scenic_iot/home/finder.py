"""Finding a home's own names in a sentence, and handing the model placeholders in their stead.

Names are compared without regard to case, width, spaces and hyphens; the longest wins. Longer names are also found with
one slip of spelling (two in very long ones), through an index of deletions (as in SymSpell, Garbe 2012), so that the
time does not grow with the number of devices. A stretch of a sentence that is all familiar words is never taken for a
misspelt name: "red light" is not a slip of "bed light". Nor is one that has nothing of the name but a place and a kind
of device: 客厅的电视 is not a slip of 客厅老电视.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import MAX_AREAS, MAX_NAMES, named_area, named_device

MAX_LETTERS = 48
"""Longest name that is looked for, in letters without spaces."""
_UNIT = re.compile(r"[a-z0-9]+(?:['.][a-z0-9]+)*|[^\x00-\x7f]|[%°+\-]")
_SEPARATORS = re.compile(r"[\s\-_'.]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence with its names replaced: `text` holds placeholders, `names` and `areas` the ids they stand for."""

    text: str
    names: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    id: str
    is_area: bool
    folded: str


class Finder:
    """Finds the names of one home. Building it takes time in proportion to the number of names, `find` does not."""

    def __init__(self, home: Home, catalogue: Catalogue, familiar: Callable[[str], bool] = lambda word: False) -> None:
        """`familiar` tells whether a Latin word is one that people use of any home."""
        self._home, self._familiar = home, familiar
        self._type_number = {device: index for index, device in enumerate(catalogue.devices)}
        self._exact: dict[str, _Target] = {}
        known = {
            _fold(normalise(n)) for area in catalogue.areas.values() for names in area.names.values() for n in names
        }
        for area in home.areas.values():
            for name in area.names:
                folded = _fold(normalise(name))
                if folded and folded not in known:
                    self._exact.setdefault(folded, _Target(area.id, True, folded))
        for device in home.devices.values():
            for name in device.names:
                folded = _fold(normalise(name))
                if folded:
                    self._exact[folded] = _Target(device.id, False, folded)
        self._longest = max(map(len, self._exact), default=0)
        nouns = {_fold(normalise(n)) for spec in catalogue.devices.values() for n in spec.names.get("zh", ())}
        common = sorted((word for word in nouns | known if not word.isascii()), key=len, reverse=True)
        self._common = re.compile("|".join(map(re.escape, common)) or "(?!)")
        self._deletions: dict[str, list[_Target]] = {}
        for folded, target in self._exact.items():
            for shorter in _deletions(folded, _slips(folded)):
                self._deletions.setdefault(shorter, []).append(target)

    def find(self, text: str) -> Found:
        """Replace the names in normalised text, longest first; at most four devices and three areas."""
        if not self._exact:
            return Found(text)
        units = list(_UNIT.finditer(text))
        taken: list[tuple[int, int, _Target]] = []
        # 开关 also comes of 打开 and a name that begins with 关
        words = [match.span() for match in self._common.finditer(text) if match[0] != "开关"]
        for first, last, target in self._ranked(text, units):
            if _cuts((units[first].start(), units[last].end()), words):
                continue
            if all(last < a or first > b for a, b, _ in taken):
                taken.append((first, last, target))
        return self._replace(text, units, sorted(taken, key=lambda entry: entry[0]))

    def _ranked(self, text: str, units: list[re.Match[str]]) -> list[tuple[int, int, _Target]]:
        """Matches as (first unit, last unit, target): exact before misspelt, longer before shorter."""
        found = [
            (slips, -length, first, last, target) for slips, length, first, last, target in self._matches(text, units)
        ]
        return [
            (first, last, target) for _, _, first, last, target in sorted(found, key=lambda m: (m[1] + 2 * m[0], m[2]))
        ]

    def _matches(self, text: str, units: list[re.Match[str]]) -> Iterator[tuple[int, int, int, int, _Target]]:
        """(slips, letters, first unit, last unit, target) of every stretch that is a name."""
        for first in range(len(units)):
            stretch = ""
            for last in range(first, len(units)):
                unit = units[last].group()
                stretch += _SEPARATORS.sub("", unit)
                if len(stretch) > self._longest + 2:
                    break
                exact = self._exact.get(stretch)
                if exact is None and unit.endswith("'s"):
                    exact = self._exact.get(stretch[:-1])
                if exact is not None:
                    yield 0, len(stretch), first, last, exact
                    continue
                allowed = _slips(stretch)
                if not allowed or all(self._familiar(unit.group()) for unit in units[first : last + 1]):
                    continue
                near = self._near(stretch, allowed)
                if near is not None:
                    yield near[0], len(stretch), first, last, near[1]

    def _near(self, stretch: str, allowed: int) -> tuple[int, _Target] | None:
        best: tuple[int, _Target] | None = None
        for shorter in _deletions(stretch, allowed):
            for target in self._deletions.get(shorter, ()):
                limit = min(allowed, _slips(target.folded))
                distance = OSA.distance(stretch, target.folded, score_cutoff=limit)
                if distance <= limit and (best is None or distance < best[0]) and self._own(stretch, target.folded):
                    best = distance, target
        return best

    def _own(self, stretch: str, name: str) -> bool:
        """Whether a stretch shares with a name more than names of places and devices, which any sentence may hold."""
        if name.isascii():
            return True
        mine, theirs = self._common.sub("", stretch), self._common.sub("", name)
        return OSA.distance(mine, theirs) < max(len(theirs), 1)

    def _replace(self, text: str, units: list[re.Match[str]], taken: list[tuple[int, int, _Target]]) -> Found:
        names: list[str] = []
        areas: list[str] = []
        out, end = "", 0
        for first, last, target in taken:
            group, limit = (areas, MAX_AREAS) if target.is_area else (names, MAX_NAMES)
            if target.id not in group:
                if len(group) == limit:
                    continue
                group.append(target.id)
            index = group.index(target.id)
            if target.is_area:
                mark = named_area(index)
            else:
                mark = named_device(index, self._type_number[self._home.devices[target.id].type])
            out += text[end : units[first].start()] + mark
            end = units[last].end()
        return Found(out + text[end:], tuple(names), tuple(areas))


def _cuts(place: tuple[int, int], words: Sequence[tuple[int, int]]) -> bool:
    """Whether a place in a sentence parts a word: the name 小烤 is not said in 小烤箱."""
    first, last = place
    return any((a < first < b) or (a < last < b) for a, b in words)


def _fold(name: str) -> str:
    return _SEPARATORS.sub("", name)


def _slips(folded: str) -> int:
    """How many slips a name of this length forgives. A Chinese character counts as two letters, and three of them
    forgive none: there one character is too much of a word."""
    weight = len(folded) + sum(character > "\x7f" for character in folded)
    if len(folded) > MAX_LETTERS or weight < (6 if folded.isascii() else 8) or folded.isdigit():
        return 0
    return 1 if weight < 14 else 2


def _deletions(word: str, slips: int) -> set[str]:
    """The word with up to `slips` letters left out."""
    found = {word}
    edge = {word}
    for _ in range(slips):
        edge = {shorter[:at] + shorter[at + 1 :] for shorter in edge for at in range(len(shorter))}
        found |= edge
    return found
