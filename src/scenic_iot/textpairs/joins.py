"""New pairs by saying several things at once, joined as the pairs of several clauses are joined.

    打开客厅灯 -> 已打开客厅灯  +  关闭空调 -> 已关闭空调   becomes   打开客厅灯，再关闭空调 -> 已打开客厅灯；已关闭空调

What stands between the parts of a prompt, and before the first, is found where a prompt of several clauses holds the
prompts of pairs that have one of those clauses each, or parts of prompts that were taken apart before.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from scenic_iot.text.pieces import Pieces

from .pair import Pair, stripped

T = TypeVar("T")
FEWEST = 3
"""Prompts in which a way of joining must occur."""
LONGEST = 16
"""Characters of what stands before the first part."""
ROUNDS = 2
"""The second one also knows the parts of the prompts that the first one took apart."""
_Weighted = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Joins:
    """How prompts of several clauses are put together; each with how often it was seen."""

    pieces: Pieces
    between: _Weighted
    before: _Weighted
    counts: tuple[tuple[int, int], ...]
    """Numbers of clauses, 2 or more."""

    @classmethod
    def of(cls, pairs: Collection[Pair], pieces: Pieces) -> Joins:
        """What can be learned from some pairs. Nothing may be found: then pairs cannot be joined."""
        prompts: defaultdict[str, set[str]] = defaultdict(set)
        counts: Counter[int] = Counter()
        for pair in pairs:
            clauses = pieces.clauses(pair.response)
            if len(clauses) == 1:
                prompts[clauses[0]].add(stripped(pair.text))
            else:
                counts[len(clauses)] += 1
        joins = cls(pieces, (), (), tuple(sorted(counts.items())))
        for _ in range(ROUNDS):
            for pair in pairs:
                for part in joins.parts(pair)[1:]:  # before the first one something unknown may stand
                    prompts[pieces.clauses(part.response)[0]].add(part.text)
            before, between = _found(pairs, pieces, prompts)
            joins = replace(joins, before=before, between=between)
        return joins

    def __bool__(self) -> bool:
        return bool(self.between and self.before and self.counts)

    def parts(self, pair: Pair) -> list[Pair]:
        """What a joined pair was joined of, without what is known to stand before; none where it cannot be told. Each
        part must be more like its own clause than like any other: some rows list their clauses in another order."""
        clauses = self.pieces.clauses(pair.response)
        for between, _ in self.between:
            texts = stripped(pair.text).split(between)
            if 1 < len(texts) == len(clauses) and _in_order(texts, clauses):
                known = [text for text, _ in self.before if texts[0].startswith(text)]
                texts[0] = texts[0].removeprefix(max(known, key=len, default=""))
                return [Pair(text, self.pieces.join([clause])) for text, clause in zip(texts, clauses, strict=True)]
        return []

    def count(self, rng: random.Random) -> int:
        """How many pairs to join, as often as pairs have so many clauses."""
        return _draw(self.counts, rng)

    def join(self, pairs: Collection[Pair], rng: random.Random) -> Pair:
        """Several pairs as one. A mark at the end of the last prompt stays."""
        *firsts, last = pairs
        text, between = _draw(self.before, rng), _draw(self.between, rng)
        for pair in firsts:
            text += stripped(pair.text) + between
        clauses = [clause for pair in pairs for clause in self.pieces.clauses(pair.response)]
        return Pair(text + last.text.lstrip(), self.pieces.join(clauses))


def _found(pairs: Collection[Pair], pieces: Pieces, prompts: Mapping[str, set[str]]) -> tuple[_Weighted, _Weighted]:
    """What stands before, and between, the known prompts of clauses."""
    between: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for pair in pairs:
        clauses = pieces.clauses(pair.response)
        found = _gaps(stripped(pair.text), clauses, prompts) if len(clauses) > 1 else None
        if found:
            before[found[0]] += 1
            between.update(found[1:])
    return _often(before), _often(between)


def _gaps(text: str, clauses: list[str], prompts: Mapping[str, set[str]]) -> list[str] | None:
    """What stands before, and between, the known prompts of clauses in a text; None where it is not made of them."""
    gaps: list[str] = []
    at = 0
    for clause in clauses:
        places = [
            (place, -len(part), part)
            for part in prompts.get(clause, ())
            if part and (place := text.find(part, at)) >= 0
        ]
        if not places:
            return None
        place, _, part = min(places)
        gaps.append(text[at:place])
        at = place + len(part)
    return gaps if at == len(text) and all(gaps[1:]) and len(gaps[0]) <= LONGEST else None


def _in_order(texts: list[str], clauses: list[str]) -> bool:
    """Whether each text shares more pairs of characters with its own clause than with the others."""
    grams = [set(pairwise(clause)) for clause in clauses]
    for index, text in enumerate(texts):
        shared = [len(set(pairwise(text)) & gram) for gram in grams]
        if shared.count(max(shared)) > 1 or shared[index] < max(shared):
            return False
    return True


def _often(counts: Counter[str]) -> _Weighted:
    return tuple(sorted((text, count) for text, count in counts.items() if count >= FEWEST))


def _draw(weighted: tuple[tuple[T, int], ...], rng: random.Random) -> T:
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]
