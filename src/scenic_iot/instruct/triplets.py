"""Triplets for contrastive training: a sentence, another way to say the same, and one nearly alike that means another.

Sentences come from pools of generated pairs. The positive has the anchor's command and none of its phrase patterns, and
is the least alike of a few. The negative has another command and is the most alike of all that the pool holds and of
near misses made from the anchor (`nearmiss.py`): another room, another number, on for off. All are checked.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scenic_iot.text.normalise import normalise

from .dataset import SHARD
from .generate import Pair, pairs
from .lexicon import LANGUAGES
from .mix import Mix
from .nearmiss import near_misses
from .pairfile import Progress, silent
from .similar import Postings, Shingles, grams, likeness

CANDIDATES = 8
REJECTED = 0.25
"""Share of anchors that are refusals. Drawn as they come they would be most of all: a refusal never lacks a partner."""
POOL = 2 * SHARD
FROM_A_POOL = POOL // 4
"""Anchors taken from a pool before a new one is made."""
_CLAUSE = re.compile(r"([a-z_]+)(\+=|-=|=|\?)(\S*)(?: (.+))?")


class TripletError(ValueError):
    """A triplet that is not what it claims to be."""


@dataclass(frozen=True, slots=True)
class Triplet:
    """Three pairs of one language."""

    anchor: Pair
    positive: Pair
    negative: Pair

    @property
    def differs(self) -> tuple[str, ...]:
        """In what the negative's command differs from the anchor's."""
        return differences(self.anchor.command, self.negative.command)

    def row(self) -> dict[str, Any]:
        """As it is written to a file."""
        parts = {"anchor": self.anchor, "positive": self.positive, "negative": self.negative}
        anchor, *others = (grams(normalise(pair.text)) for pair in parts.values())
        alike = dict(zip(("positive", "negative"), (round(likeness(anchor, o), 3) for o in others), strict=True))
        return {
            **{name: pair.text for name, pair in parts.items()},
            "command": self.anchor.command,
            "negative_command": self.negative.command,
            "language": self.anchor.language,
            "differs": self.differs,
            "likeness": alike,
            "phrases": {name: pair.phrases for name, pair in parts.items()},
        }

    def check(self) -> None:
        """Raises TripletError unless the positive says the same in another way and the negative something else."""
        anchor, positive, negative = self.anchor, self.positive, self.negative
        if len({anchor.language, positive.language, negative.language}) != 1:
            raise TripletError("of several languages")
        if positive.command != anchor.command:
            raise TripletError(f"the positive means {positive.command!r}, the anchor {anchor.command!r}")
        if not anchor.phrases or not positive.phrases or set(anchor.phrases) & set(positive.phrases):
            raise TripletError("the positive is not known to be another phrase than the anchor")
        if meaning(negative.command) == meaning(anchor.command):
            raise TripletError(f"the negative means the same as the anchor: {negative.command!r}")
        if len({normalise(pair.text) for pair in (anchor, positive, negative)}) != 3:
            raise TripletError("two of the texts are the same")


def meaning(command: str) -> tuple[str, ...]:
    """What a command comes to: its actions whatever their order, each once."""
    return tuple(sorted(set(command.split("; "))))


def differences(command: str, other: str) -> tuple[str, ...]:
    """In what two commands differ: "refusal", "reason", "actions" (their number), "order", or any of "device", "area",
    "attribute", "value" (on or off, more or less), "number", "schedule"."""
    if command.startswith("reject ") or other.startswith("reject "):
        both = command.startswith("reject ") and other.startswith("reject ")
        return ("reason",) if both else ("refusal",)
    left, right = command.split("; "), other.split("; ")
    if len(left) != len(right):
        return ("actions",)
    found: dict[str, None] = {}
    for mine, theirs in zip(left, right, strict=True):
        for name, one, two in zip(_NAMES, _parts(mine), _parts(theirs), strict=True):
            if one != two:
                found[name] = None
    if meaning(command) == meaning(other) and found:
        return ("order",)
    return tuple(found)


_NAMES = ("device", "area", "attribute", "value", "number", "schedule")


def _parts(action: str) -> tuple[str, ...]:
    target, _, rest = action.partition(" ")
    device, _, area = target.partition("@")
    match = _CLAUSE.fullmatch(rest)
    if match is None:
        raise TripletError(f"{action!r} is no action")
    attribute, op, value, schedule = match.groups()
    number = value if value[:1].isdigit() or value[:1] == "-" else ""
    return device, area, attribute, op if number else op + value, number, schedule or ""


def triplets(
    seed: int,
    count: int,
    languages: Sequence[str] = LANGUAGES,
    candidates: int = CANDIDATES,
    pool: int = POOL,
    progress: Progress = silent,
) -> Iterator[Triplet]:
    """`count` checked triplets of as many anchors, the same for the same arguments.

    `candidates`: of how many rows the positive is chosen; `pool`: how many pairs are made at a time.

    Raises TripletError where three pools in a row give none.
    """
    done, empty, index = 0, 0, 0
    mix, seen = Mix(name=0.0), set[str]()
    while done < count:
        before = done
        made = []
        for pair in pairs(seed * 1_000_003 + index, pool, languages, mix):
            made.append(pair)
            if len(made) % 1000 == 0:
                progress("pairs", len(made), pool)
        rng = random.Random(f"triplets {seed} {index}")
        for triplet in from_pool(rng, made, min(count - done, FROM_A_POOL), candidates):
            text = normalise(triplet.anchor.text)
            if text in seen:
                continue
            triplet.check()
            seen.add(text)
            done += 1
            progress("triplets", done, count)
            yield triplet
        empty, index = (0 if done > before else empty + 1), index + 1
        if empty == 3:
            raise TripletError(f"pools of {pool} pairs are too small: no command in them is said in two ways")


def from_pool(rng: random.Random, pool: Sequence[Pair], count: int, candidates: int = CANDIDATES) -> Iterator[Triplet]:
    """At most `count` triplets, each of another anchor, from pairs that there are."""
    usable = {language: _Pool(rows) for language, rows in sorted(_by_language(pool).items())}
    anchors = [(language, row) for language, part in usable.items() for row in part.anchors]
    rejected = [a for a in anchors if usable[a[0]].rows[a[1]].command.startswith("reject ")]
    orders = [a for a in anchors if not usable[a[0]].rows[a[1]].command.startswith("reject ")]
    rng.shuffle(rejected)
    rng.shuffle(orders)
    made = 0
    while made < count and (orders or rejected):
        from_rejected = not orders or (rejected and rng.random() < REJECTED)
        language, row = (rejected if from_rejected else orders).pop()
        triplet = usable[language].triplet(rng, row, candidates)
        if triplet is not None:
            made += 1
            yield triplet


def _by_language(pool: Sequence[Pair]) -> dict[str, list[Pair]]:
    parts: dict[str, list[Pair]] = defaultdict(list)
    for pair in pool:
        parts[pair.language].append(pair)
    return parts


class _Pool:
    """Pairs of one language, each text once and under one command only."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        meanings: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        first: dict[str, Pair] = {}
        for pair in pairs:
            text = normalise(pair.text)
            meanings[text].add(meaning(pair.command))
            first.setdefault(text, pair)
        texts = [text for text in first if text and len(meanings[text]) == 1]
        self.rows = [first[text] for text in texts]
        self._known = {text: first[text].command for text in texts}
        self.grams = [grams(text) for text in texts]
        self._postings = Postings(Shingles(texts))
        numbers: dict[tuple[str, ...], int] = {}
        self._meanings = np.array([numbers.setdefault(meaning(r.command), len(numbers)) for r in self.rows], np.int64)
        self._same: dict[str, list[int]] = defaultdict(list)
        for place, pair in enumerate(self.rows):
            if pair.phrases:
                self._same[pair.command].append(place)
        self.anchors = [place for places in self._same.values() if len(places) > 1 for place in places]

    def triplet(self, rng: random.Random, row: int, candidates: int) -> Triplet | None:
        positive = self._positive(rng, row, candidates)
        if positive is None:
            return None
        alike = self._postings.likeness(row)
        alike[self._meanings == self._meanings[row]] = -1.0
        negative = int(np.argmax(alike))
        best, chosen = float(alike[negative]), self.rows[negative]
        taken = {normalise(self.rows[place].text) for place in (row, positive)}
        for edited in near_misses(rng, self.rows[row]):
            text = normalise(edited.text)
            close = likeness(self.grams[row], grams(text))
            if close > best and text not in taken and self._known.get(text, edited.command) == edited.command:
                best, chosen = close, edited
        return Triplet(self.rows[row], self.rows[positive], chosen) if best > 0 else None

    def _positive(self, rng: random.Random, row: int, candidates: int) -> int | None:
        """The least alike of some rows with the same command and no phrase pattern in common."""
        same, mine = self._same[self.rows[row].command], set(self.rows[row].phrases)
        found: list[int] = []
        for place in rng.sample(same, min(len(same), 4 * candidates)):
            if place != row and mine.isdisjoint(self.rows[place].phrases):
                found.append(place)
                if len(found) == candidates:
                    break
        return min(found, key=lambda place: (likeness(self.grams[row], self.grams[place]), place), default=None)


def write_jsonl(path: Path, made: Iterable[Triplet]) -> list[Triplet]:
    """Write triplets as JSON lines; the file appears when it is whole. Returns them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    kept = []
    try:
        with partial.open("w", encoding="utf-8") as file:
            for triplet in made:
                file.write(json.dumps(triplet.row(), ensure_ascii=False) + "\n")
                kept.append(triplet)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return kept


def summary(made: Sequence[Triplet]) -> Iterator[str]:
    """What some triplets are made of, for people to read."""
    total = max(len(made), 1)
    differs = Counter(" and ".join(triplet.differs) for triplet in made)
    edited = sum("edited" in triplet.negative.kinds for triplet in made)
    rejected = sum(triplet.anchor.command.startswith("reject ") for triplet in made)
    rows = [triplet.row()["likeness"] for triplet in made]
    commands = len({triplet.anchor.command for triplet in made})
    yield f"{commands:,} commands; {rejected / total:.0%} of anchors are refusals"
    yield f"{edited / total:.0%} of negatives are anchors edited in one place"
    for name in ("positive", "negative"):
        yield f"likeness of the {name}: {sum(row[name] for row in rows) / total:.2f} on average"
    yield "negatives differ in: " + ", ".join(f"{name} {times / total:.1%}" for name, times in differs.most_common(10))
