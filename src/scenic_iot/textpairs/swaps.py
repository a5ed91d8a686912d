"""New pairs by exchanging spans that stand in both prompt and response, after GECA (Andreas 2020).

    打开客厅灯 -> 已打开客厅灯      the span 客厅 stands in both; what is left, 打开_灯 -> 已打开_灯, is a template
    打开卧室灯 -> 已打开卧室灯      the same template with 卧室: so 客厅 and 卧室 can be exchanged
    关闭客厅风扇 -> 已关闭客厅风扇  becomes 关闭卧室风扇 -> 已关闭卧室风扇, which nobody wrote down

A span is whole symbols of the response: with 空调 and 空气净化器 in the same templates, 调 and 气净化器 are, too, and
exchanging those writes nonsense. A span is also left out where that was seen often enough: where a clause of some
response, without the span, is a clause of another. Everything is learned from the pairs given; no list of rooms or
devices is used.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from scenic_iot.text.pieces import Pieces

from .pair import Pair, compared

LONGEST = 8
"""Characters of a span."""
SHARED = 5
"""Templates that two spans must have in common."""
OVERLAP = 0.1
"""The least share of the rarer span's templates that the other one has, too."""
OMITTED = 0.3
"""The least share of clauses with a span that are clauses without it, too."""
PLAIN = 3.0
"""Leaving out weighs as much as so many exchanges: who is in a room, or has one of a kind, does not name it."""
_HOLE = "\0"


@dataclass(frozen=True, slots=True)
class Swaps:
    """What can stand for what."""

    pieces: Pieces
    partners: dict[str, tuple[tuple[str, float], ...]]
    """span -> what it can be exchanged for, and how often, by how alike the two are; "" leaves it
    out."""
    answers: dict[str, str] = field(repr=False, default_factory=dict)
    """What the pairs say already, by prompts as they are compared; never contradicted."""

    @classmethod
    def of(cls, pairs: Collection[Pair], pieces: Pieces) -> Swaps:
        """What can be learned from some pairs; `pieces` says how responses fall into clauses."""
        filled: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for pair in pairs:
            for span in _spans(pair, pieces):
                filled[_without(pair, span)].add(span)
        templates: Counter[str] = Counter(span for spans in filled.values() for span in spans)
        shared = Counter(two for spans in filled.values() for two in combinations(sorted(spans), 2))
        partners: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for (one, other), count in shared.items():
            overlap = count / min(templates[one], templates[other])
            if count >= SHARED and overlap >= OVERLAP:
                partners[one].append((other, overlap))
                partners[other].append((one, overlap))
        for span, share in _omitted(pairs, pieces):
            partners[span].append(("", PLAIN * share))
        return cls(
            pieces,
            {span: tuple(sorted(others)) for span, others in sorted(partners.items())},
            {compared(pair.text): compared(pair.response) for pair in pairs},
        )

    def exchange(self, pair: Pair, rng: random.Random) -> Pair:
        """The pair with one span exchanged, or as it is where nothing can be. What is more alike is exchanged more
        often: a room for a room in most cases, a device for a device now and then."""
        spans = sorted(_spans(pair, self.pieces))
        choices = [(span, *other) for span in spans for other in self.partners.get(span, ())]
        if not choices:
            return pair
        span, other, _ = rng.choices(choices, [alike for _, _, alike in choices])[0]
        made = Pair(pair.text.replace(span, other), pair.response.replace(span, other))
        known = self.answers.get(compared(made.text))
        return made if known is None or known == compared(made.response) else pair


def _spans(pair: Pair, pieces: Pieces) -> set[str]:
    """The runs of symbols of a response, up to `LONGEST` characters of letters and digits, that stand in the prompt,
    too; none that is also a part of some symbol."""
    words = [pieces.tokens[symbol] for symbol in pieces.encode(pair.response)[:-1]]
    runs: Counter[str] = Counter()
    for first in range(len(words)):
        run = ""
        for word in words[first:]:
            run += word
            if len(run) > LONGEST or not word.isalnum() or run not in pair.text:
                break
            runs[run] += 1
    return {run for run, count in runs.items() if pair.response.count(run) == count}


def _without(pair: Pair, span: str) -> tuple[str, str]:
    return pair.text.replace(span, _HOLE), pair.response.replace(span, _HOLE)


def _omitted(pairs: Collection[Pair], pieces: Pieces) -> Iterator[tuple[str, float]]:
    """Spans that can be left out, and for which share of the clauses that is known to be so."""
    spans = {span for pair in pairs for span in _spans(pair, pieces)}
    clauses = {clause for pair in pairs for clause in pieces.clauses(pair.response)}
    holders: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for clause in clauses:
        for span in _parts(clause):
            if span in spans:
                holders[span] += 1
                without[span] += clause.replace(span, "") in clauses
    for span, count in without.items():
        if count >= SHARED and count >= OMITTED * holders[span]:
            yield span, count / holders[span]


def _parts(clause: Sequence[str]) -> set[str]:
    return {
        "".join(clause[first:last])
        for first in range(len(clause))
        for last in range(first + 1, min(first + LONGEST, len(clause)) + 1)
    }
