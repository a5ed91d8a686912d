"""What is drawn how often: the lexicon compiled into tables, once, so that a draw is one index.

Also what goes with what: the plainest ways of each command, the complaints that an order answers, the devices that may
be coordinated under one verb.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from scenic_iot.home.catalogue import Catalogue

from .lexicon import ActionTemplate, Group, Lexicon

DEVICE_WEIGHTS = {
    "light": 11.0,
    "climate": 6.5,
    "curtain": 4.5,
    "tv": 5.0,
    "fan": 3.5,
    "vacuum": 3.5,
    "lock": 2.0,
    "outlet": 2.5,
    "coffee_machine": 3.0,
    "speaker": 2.0,
    "scene": 3.0,
    "sensor": 3.0,
    "heater": 1.5,
    "humidifier": 1.5,
    "air_purifier": 1.5,
    "window": 1.5,
    "camera": 1.2,
    "all": 1.2,
}
DIRECTIONS = {
    "+=": "up",
    "on": "up",
    "max": "up",
    "high": "up",
    "-=": "down",
    "off": "down",
    "min": "down",
    "low": "down",
    "open": "up",
    "closed": "down",
    "clean": "up",
    "brew": "up",
    "cool": "down",
    "heat": "up",
}
MAIN_VALUES = frozenset({"open", "closed", "locked", "unlocked", "clean", "dock", "brew", "start", "min", "max"})
CORE = 0.5
"""Share of orders that are said in one of the plainest ways (see `Tables._find_core`)."""
SEVERAL = 0.2
"""Weight of groups with several actions: there are many, each with few phrases, and joined orders come on top."""
TABLE = 1 << 15
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """A phrase ready to be filled."""

    phrase: str
    register: str
    variants: tuple[tuple[str, tuple[str | tuple[str, ...], ...]], ...]
    has_thing: bool
    place_only: bool


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A group with its compiled lines; `drawn` repeats those that people use most."""

    group: Group
    lines: tuple[Line, ...]
    drawn: tuple[Line, ...]


def direction_of(device: str, attribute: str, op: str, value: str) -> str:
    """What an action changes and which way, as far as complaints tell: "brightness up"; "" for nothing of the kind.

    A lamp's power is its brightness. A complaint of one attribute is no reason for an order of another: there it would
    be an order of its own.
    """
    way = DIRECTIONS.get(op if op != "=" else value, "")
    changed = "brightness" if device == "light" and attribute == "power" else attribute
    return f"{changed} {way}" if way else ""


class Tables:
    """The tables of one language."""

    def __init__(self, lexicon: Lexicon, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        commands: dict[str, list[tuple[Entry, float]]] = {}
        refused: dict[str, list[tuple[Entry, float]]] = {}
        for group in lexicon.groups:
            if not group.phrases:
                continue
            entry = self._compile(group)
            size = len(group.phrases) ** 0.6
            if group.rejected:
                refused.setdefault(group.rejected, []).append((entry, size))
                continue
            device = group.actions[0].device
            for name in group.devices if device == "*" else (device,):
                share = size / (len(group.devices) ** 0.5 if device == "*" else 1)
                share *= SEVERAL if len(group.actions) > 1 else 1.0
                commands.setdefault(name, []).append((entry, share))
        self.orders = _table(
            [
                ((device, entry), DEVICE_WEIGHTS.get(device, 1.0) * weight / sum(w for _, w in entries))
                for device, entries in commands.items()
                for entry, weight in entries
            ]
        )
        self.core = self._find_core(commands)
        self.by_device = {device: _table(entries) for device, entries in commands.items()}
        self.refusals = {reason: _table(entries) for reason, entries in refused.items()}
        self.reasons = self._find_reasons(commands)
        things = [
            (e, w)
            for entries in commands.values()
            for e, w in entries
            if any(line.has_thing for line in e.lines) and e.group.actions[0].attribute == "power"
        ]
        self.with_thing = _table(things) if things else []
        self.numbered = _table(
            [((d, e), w) for d, entries in commands.items() for e, w in entries if self._is_numbered(d, e)]
        )
        self.partners = self._find_partners()

    @staticmethod
    def _find_reasons(commands: Mapping[str, Sequence[tuple[Entry, float]]]) -> dict[tuple[str, str], list[Entry]]:
        """(device, direction) -> groups with needs and complaints that an order of that direction remedies."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for device, entries in commands.items():
            for entry, _ in entries:
                lines = tuple(line for line in entry.lines if line.register == "indirect")
                action = entry.group.actions[0]
                direction = direction_of(device, action.attribute, action.op, action.value)
                if lines and direction and len(entry.group.actions) == 1 and "{" not in action.value:
                    remedies = [direction]
                    if device == "climate" and action.attribute == "temperature":
                        remedies.append("power up")  # hot or cold, the air conditioner is switched on
                    for remedy in remedies:
                        found.setdefault((device, remedy), []).append(Entry(entry.group, lines, lines))
        return found

    def _compile(self, group: Group) -> Entry:
        lines = []
        for phrase in group.phrases:
            variants = tuple((v.template, tuple(group.words.get(s, s) for s in v.slots)) for v in phrase.variants)
            slots = {slot for variant in phrase.variants for slot in variant.slots}
            place_only = "area" in slots and "noun" not in slots
            lines.append(Line(phrase.id, phrase.register, variants, "thing" in slots, place_only))
        return Entry(group, tuple(lines), tuple(lines) if group.rejected else _by_use(lines))

    def _is_numbered(self, device: str, entry: Entry) -> bool:
        """The group sets a percentage or degrees, which have a range that people overstep."""
        action = entry.group.actions[0]
        spec = self.catalogue.devices[device].attributes.get(action.attribute)
        return bool(
            action.value == "{number}"
            and action.op == "="
            and spec
            and spec.number
            and spec.number.unit in ("%", "degree")
        )

    @staticmethod
    def _find_core(commands: Mapping[str, Sequence[tuple[Entry, float]]]) -> dict[str, list[tuple[str, Entry]]]:
        """device ("" for any) -> its commands, each with the few plainest ways of saying it.

        A lexicon holds far more rare ways than common ones; people do not. So a good share of the orders comes from
        here, where commands count by what homes are asked for (`_usual`), and only their first lines are used.
        """
        weighted: dict[str, list[tuple[tuple[str, Entry], float]]] = {"": []}
        for device, entries in commands.items():
            largest: dict[str, Entry] = {}
            for entry, _ in entries:
                known = largest.get(entry.group.says.replace("*", device))
                if _is_plain(entry.group) and (known is None or len(known.lines) < len(entry.lines)):
                    largest[entry.group.says.replace("*", device)] = entry
            chosen = []
            for entry in largest.values():
                lines = _plainest(entry)
                if lines:
                    chosen.append(((device, Entry(entry.group, entry.lines, lines)), _usual(entry.group.actions[0])))
            weighted[device] = chosen
            total = sum(weight for _, weight in chosen)
            weighted[""] += [(key, DEVICE_WEIGHTS.get(device, 1.0) * weight / total) for key, weight in chosen]
        return {device: _table(entries) if entries else [] for device, entries in weighted.items()}

    def _find_partners(self) -> dict[tuple[str, str, str], tuple[str, ...]]:
        """(attribute, op, value) -> devices that take it, for coordination."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for device, spec in self.catalogue.devices.items():
            if device in ("all", "scene", "sensor"):
                continue
            for attribute, allowed in spec.attributes.items():
                for value in allowed.values:
                    if value not in spec.harmful.get(attribute, ()):
                        found.setdefault((attribute, "=", value), []).append(device)
                if allowed.step:
                    found.setdefault((attribute, "+=", "step"), []).append(device)
                    found.setdefault((attribute, "-=", "step"), []).append(device)
        return {key: tuple(devices) for key, devices in found.items() if len(devices) > 1}


def _is_plain(group: Group) -> bool:
    """One action, at no place and no time of its own."""
    return len(group.actions) == 1 and not group.actions[0].schedule and group.actions[0].area in (None, "all")


def _usual(action: ActionTemplate) -> float:
    """How often a home is asked for this, next to an unusual setting."""
    if action.attribute == "power":
        return 5.0
    if action.op == "=" and (action.value == "{number}" or action.value in MAIN_VALUES):
        return 3.0
    if action.op in ("+=", "-=") or action.value == "{value}":
        return 2.0
    if action.value[:1].isdigit():
        return 0.1  # one number that is said in ways of its own
    return 1.5 if action.op == "?" else 0.6


def _plainest(entry: Entry) -> tuple[Line, ...]:
    """The first few lines of a group, of each register that says things straight."""
    first: list[Line] = []
    for register, count in (("direct", 5), ("terse", 3), ("question", 4 if entry.group.actions[0].op == "?" else 0)):
        first += [line for line in entry.lines if line.register == register][:count]
    return tuple(first)


def _by_use(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, those that are said most several times: the first of a register stand for the plainest ways (authors
    begin with what comes to mind first), and so do places alone ("turn off the kitchen")."""
    drawn: list[Line] = []
    rank: dict[str, int] = {}
    for line in lines:
        at = rank[line.register] = rank.get(line.register, -1) + 1
        times = 8 if at < 4 else 4 if at < 10 else 2 if at < 20 else 1
        if line.register not in ("direct", "terse"):
            times = (times + 1) // 2
        if line.place_only:
            times = max(times, 3)
        drawn += [line] * times
    return tuple(drawn)


def _table(weighted: Sequence[tuple[T, float]]) -> list[T]:
    """A list of some TABLE entries in which each occurs in proportion to its weight, at least once: a draw is one
    index."""
    total = sum(weight for _, weight in weighted)
    out: list[T] = []
    error = 0.0
    for entry, weight in weighted:
        error += weight / total * TABLE
        n = max(1, round(error))
        error -= n
        out += [entry] * n
    return out
