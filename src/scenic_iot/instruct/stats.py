"""What the lexicon holds and what is made of it: patterns by language, device, order and register, and generated pairs
counted by everything that can be counted. The thinnest places come first: they are where phrases are wanted."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from scenic_iot.home.catalogue import Catalogue, load_catalogue

from .check import sayable
from .generate import Pair
from .generate import pairs as generate
from .lexicon import LANGUAGES, REGISTERS, Lexicon, load_lexicon
from .mix import Mix
from .pairfile import Progress, silent

_OP = re.compile(r"\+=|-=|=|\?")
_COMMON = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """The patterns of one order, such as `light` `brightness+=`, in one language."""

    language: str
    device: str
    order: str
    patterns: int
    """Patterns that say this order alone."""
    several: int
    """Patterns that say it together with other orders."""
    registers: dict[str, int]
    """Of the first, how many each register has."""


@dataclass(frozen=True, slots=True)
class LexiconStats:
    """One language's lexicon. Counts are of different patterns."""

    language: str
    patterns: int
    registers: dict[str, int]
    devices: dict[str, dict[str, int]]
    """device -> register -> patterns that name the device, alone or with others."""
    refusals: dict[str, dict[str, int]]
    """reason -> kind -> patterns."""
    cells: tuple[Cell, ...] = field(repr=False)
    """Thinnest first; orders that the catalogue allows and nothing says are there too."""


@dataclass(frozen=True, slots=True)
class PairStats:
    """Generated pairs, counted. Counters are ordered from the most to the least."""

    pairs: int
    texts: int
    """Different texts."""
    distinct_commands: int
    once: int
    """Commands that occur once."""
    languages: dict[str, int]
    kinds: dict[str, int]
    difficulty: dict[str, int]
    actions: dict[int, int]
    """Number of actions -> pairs; 0 are refusals."""
    lengths: dict[str, dict[int, int]]
    """language -> characters -> pairs."""
    words: dict[int, int]
    """English: words -> pairs."""
    areas: dict[str, int]
    """Of actions: "none", "all", "except", "named" or the area."""
    devices: dict[str, int]
    orders: dict[str, int]
    """`light power=` and the like -> actions; what the catalogue allows and did not occur has 0."""
    commands: dict[str, int]
    """The most frequent commands."""


@dataclass(frozen=True, slots=True)
class Stats:
    """Everything together."""

    lexicons: tuple[LexiconStats, ...]
    pairs: PairStats

    def thin(self) -> list[Cell]:
        """The cells of all languages, those with the fewest patterns first."""
        return sorted((cell for lexicon in self.lexicons for cell in lexicon.cells), key=_thinness)

    def to_json(self) -> dict[str, Any]:
        """As plain values, the thin places first."""
        lexicons = {}
        for lexicon in self.lexicons:
            lexicons[lexicon.language] = {k: v for k, v in asdict(lexicon).items() if k not in ("language", "cells")}
        return {"thin": [asdict(cell) for cell in self.thin()], "lexicons": lexicons, "pairs": asdict(self.pairs)}


def stats(pairs: Iterable[Pair], languages: Sequence[str] = LANGUAGES) -> Stats:
    """Count the lexicons of some languages, and pairs. Raises LexiconError for a lexicon that is wrong."""
    catalogue = load_catalogue()
    lexicons = tuple(lexicon_stats(load_lexicon(language), catalogue) for language in languages)
    return Stats(lexicons, pair_stats(pairs, catalogue))


def lexicon_stats(lexicon: Lexicon, catalogue: Catalogue) -> LexiconStats:
    """Count the patterns of one lexicon. A pattern for `*` counts for each device that it is said of."""
    alone: dict[tuple[str, str], dict[str, set[str]]] = {key: {} for key in _orders(catalogue)}
    joined: dict[tuple[str, str], set[str]] = defaultdict(set)
    registers: dict[str, set[str]] = {register: set() for register in REGISTERS}
    devices: dict[str, dict[str, set[str]]] = {d: {r: set() for r in REGISTERS} for d in catalogue.devices}
    refusals: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for group in lexicon.groups:
        said = [
            (device, action.attribute + action.op)
            for action in group.actions
            for device in (group.devices if action.device == "*" else (action.device,))
        ]
        for phrase in group.phrases:
            registers[phrase.register].add(phrase.id)
            if group.rejected:
                refusals[group.rejected][group.kind].add(phrase.id)
            for key in said:
                devices[key[0]][phrase.register].add(phrase.id)
                if len(group.actions) > 1:
                    joined[key].add(phrase.id)
                else:
                    alone.setdefault(key, {}).setdefault(phrase.register, set()).add(phrase.id)
    cells = (
        Cell(
            lexicon.language,
            *key,
            len(set[str]().union(*found.values())),
            len(joined[key]),
            {register: len(found.get(register, ())) for register in REGISTERS},
        )
        for key, found in alone.items()
    )
    return LexiconStats(
        lexicon.language,
        len({phrase.id for phrase in lexicon.phrases()}),
        {register: len(ids) for register, ids in registers.items()},
        {device: {r: len(ids) for r, ids in found.items()} for device, found in devices.items()},
        {
            reason: _ordered(Counter({k: len(v) for k, v in kinds.items()}))
            for reason, kinds in sorted(refusals.items())
        },
        tuple(sorted(cells, key=_thinness)),
    )


def pair_stats(pairs: Iterable[Pair], catalogue: Catalogue) -> PairStats:
    """Count pairs."""
    texts: set[str] = set()
    languages, kinds, difficulty, commands = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    areas, devices, orders = Counter[str](), Counter[str](), Counter[str]()
    actions, words = Counter[int](), Counter[int]()
    lengths: dict[str, Counter[int]] = defaultdict(Counter)
    count = 0
    for pair in pairs:
        count += 1
        texts.add(pair.text)
        languages[pair.language] += 1
        kinds.update(pair.kinds)
        difficulty[pair.difficulty] += 1
        commands[pair.command] += 1
        lengths[pair.language][len(pair.text)] += 1
        if pair.language == "en":
            words[len(pair.text.split())] += 1
        said = [] if pair.command.startswith("reject ") else pair.command.split("; ")
        actions[len(said)] += 1
        for action in said:
            device, area, order = _parts(action, pair.names)
            devices[device] += 1
            areas[area] += 1
            orders[f"{device} {order}"] += 1
    for device, order in _orders(catalogue):
        orders.setdefault(f"{device} {order}", 0)
    return PairStats(
        count,
        len(texts),
        len(commands),
        sum(times == 1 for times in commands.values()),
        _ordered(languages),
        _ordered(kinds),
        _ordered(difficulty),
        dict(sorted(actions.items())),
        {language: dict(sorted(found.items())) for language, found in sorted(lengths.items())},
        dict(sorted(words.items())),
        _ordered(areas),
        _ordered(devices),
        _ordered(orders),
        dict(list(_ordered(commands).items())[:_COMMON]),
    )


def generated(seed: int, count: int, languages: Sequence[str], progress: Progress = silent) -> Iterator[Pair]:
    """Pairs as `scenic data generate` writes them: without names of a home's own."""
    for done, pair in enumerate(generate(seed, count, languages, Mix(name=0.0)), 1):
        yield pair
        if done % 500 == 0 or done == count:
            progress("pairs", done, count)


def lines(found: Stats, thin: int = 20) -> Iterator[str]:
    """For people to read: the thin places, then the lexicons, then the pairs."""
    yield f"the {thin} orders with the fewest patterns (alone; with others; by register)"
    yield f"{'':4}{'device':18}{'order':20}{'alone':>6}{'joined':>7}  " + " ".join(f"{r:>10}" for r in REGISTERS)
    for cell in found.thin()[:thin]:
        counts = " ".join(f"{cell.registers[register]:10}" for register in REGISTERS)
        yield f"{cell.language:4}{cell.device:18}{cell.order:20}{cell.patterns:6}{cell.several:7}  {counts}"
    for lexicon in found.lexicons:
        yield f"\n{lexicon.language}: {lexicon.patterns:,} patterns; {_listing(lexicon.registers)}"
        for device, registers in sorted(lexicon.devices.items(), key=lambda item: sum(item[1].values())):
            yield f"    {device:18}{sum(registers.values()):6}  {_listing(registers)}"
        for reason, kinds in lexicon.refusals.items():
            yield f"    reject {reason}: {sum(kinds.values()):,} patterns of {len(kinds)} kinds; {_listing(kinds, 8)}"
    pairs = found.pairs
    shares = (
        ("languages", pairs.languages, 0),
        ("kinds", pairs.kinds, 24),
        ("difficulty", pairs.difficulty, 0),
        ("actions", pairs.actions, 0),
        ("areas", pairs.areas, 0),
        ("devices", pairs.devices, 0),
        ("commands", pairs.commands, 8),
    )
    yield f"\n{pairs.pairs:,} pairs: {pairs.texts:,} texts, {pairs.distinct_commands:,} commands, {pairs.once:,} once"
    for title, counts_of, most in shares:
        whole = sum(counts_of.values()) if title in ("areas", "devices") else pairs.pairs
        shown = list(counts_of.items())[: most or None]
        yield f"    {title:12}" + ", ".join(f"{name} {times / max(whole, 1):.1%}" for name, times in shown)
    for language, lengths in pairs.lengths.items():
        yield f"    {'length ' + language:12}{_middle(lengths)} characters"
    never = [order for order, times in pairs.orders.items() if not times]
    yield f"    {'never made':12}{len(never)} of {len(pairs.orders)} orders" + (
        f": {', '.join(never[:12])}" if never else ""
    )


def _thinness(cell: Cell) -> tuple[int, int, str, str, str]:
    return cell.patterns, cell.several, cell.language, cell.device, cell.order


def _orders(catalogue: Catalogue) -> list[tuple[str, str]]:
    """(device, attribute with op) of everything that can be said."""
    keys = {(device, attribute + _op(op)) for device, attribute, op in sayable(catalogue)}
    return sorted(keys)


def _op(text: str) -> str:
    match = _OP.search(text)
    assert match is not None, text
    return match[0]


def _parts(action: str, names: Sequence[str]) -> tuple[str, str, str]:
    """(device type, kind of area, attribute with op) of an action as the generator writes it."""
    target, _, rest = action.partition(" ")
    device, _, area = target.partition("@")
    if device.startswith("#"):
        device = names[int(device[1:].partition("-")[0]) - 1]
    area = "named" if area.startswith("#") else "except" if "-" in area else area or "none"
    clause = rest.partition(" ")[0]
    op = _op(clause)
    return device, area, clause.partition(op)[0] + op


def _ordered(counter: Counter[str]) -> dict[str, int]:
    """Most first; equal ones by name, so that the same pairs always give the same file."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def _listing(counts: dict[str, int], most: int = 0) -> str:
    return ", ".join(f"{name} {times}" for name, times in list(counts.items())[: most or None])


def _middle(lengths: dict[int, int]) -> str:
    """Median and range of a histogram."""
    half, seen = sum(lengths.values()) / 2, 0
    for length in sorted(lengths):
        seen += lengths[length]
        if seen >= half:
            return f"{length} in the middle, {min(lengths)} to {max(lengths)}"
    return "no"
