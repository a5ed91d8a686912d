"""One clause: a phrase of the lexicon, filled, with the actions it means.

`Clauses` compiles a lexicon once (weights, partners for coordination, lists of numbers) and then draws clauses quickly.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from scenic_iot.home.catalogue import AttributeSpec, Catalogue

from .lexicon import ActionTemplate, Group, Lexicon
from .nounphrase import Context, NounPhrases, Shares, Thing
from .speech import speech_of

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
_COORDINATED = frozenset({"direct", "terse", "question"})  # elsewhere a line is too much one device's own
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
COORDINATED = frozenset({"power", "position", "volume", "mute", "temperature", "fan_speed", "humidity"})
"""Attributes of which one verb may serve two kinds of devices; of others ("clean", "start") each has its own."""
WEATHER = frozenset({"climate", "sensor", "heater", "humidifier", "dehumidifier", "air_purifier"})
AMOUNT_PERCENT = (5, 5, 10, 10, 10, 15, 20, 20, 20, 25, 30, 30, 40, 50)
CORE = 0.5
"""Share of orders that are said in one of the plainest ways (see `_find_core`)."""
SEVERAL = 0.35
"""Weight of groups with several actions: there are many, each with few phrases, and joined orders come on top."""
TABLE = 1 << 15
T = TypeVar("T")
_CLAUSE = re.compile(r"[a-z_]+(\+=|-=|=)(\S*)")


@dataclass(frozen=True, slots=True)
class Said:
    """A filled clause. `actions` are canonical without schedule; empty with a rejection's `rejected` reason."""

    text: str
    actions: tuple[str, ...]
    rejected: str
    register: str
    group: Group
    schedulable: bool
    thing: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
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
    lines: tuple[_Line, ...]
    drawn: tuple[_Line, ...]


class Clauses:
    """Draws clauses of one language."""

    def __init__(self, lexicon: Lexicon, catalogue: Catalogue, shares: Shares | None = None) -> None:
        self.catalogue, self.lexicon, self.language = catalogue, lexicon, lexicon.language
        self.nouns = NounPhrases(lexicon, catalogue, shares)
        self.speech = speech_of(lexicon.language)
        self._values = lexicon.values
        self._value_keys = tuple(lexicon.values)
        commands: dict[str, list[tuple[Entry, float]]] = {}
        self._refusals: dict[str, list[tuple[Entry, float]]] = {}
        for group in lexicon.groups:
            if not group.phrases:
                continue
            entry = self._compile(group)
            size = len(group.phrases) ** 0.6
            if group.rejected:
                self._refusals.setdefault(group.rejected, []).append((entry, size))
                continue
            device = group.actions[0].device
            for name in group.devices if device == "*" else (device,):
                share = size / (len(group.devices) ** 0.5 if device == "*" else 1)
                share *= SEVERAL if len(group.actions) > 1 else 1.0
                commands.setdefault(name, []).append((entry, share))
        self._orders = _table(
            [
                ((device, entry), DEVICE_WEIGHTS.get(device, 1.0) * weight / sum(w for _, w in entries))
                for device, entries in commands.items()
                for entry, weight in entries
            ]
        )
        self._core = self._find_core(commands)
        self._by_device = {device: _table(entries) for device, entries in commands.items()}
        self._tables = {reason: _table(entries) for reason, entries in self._refusals.items()}
        self._reasons = self._find_reasons(commands)
        things = [
            (e, w)
            for entries in commands.values()
            for e, w in entries
            if any(line.has_thing for line in e.lines) and e.group.actions[0].attribute == "power"
        ]
        self._with_thing = _table(things) if things else []
        self._numbered = _table(
            [((d, e), w) for d, entries in commands.items() for e, w in entries if self._is_numbered(d, e)]
        )
        self._partners = self._find_partners()

    @staticmethod
    def _find_reasons(commands: Mapping[str, Sequence[tuple[Entry, float]]]) -> dict[tuple[str, str], list[Entry]]:
        """(device, direction) -> groups with needs and complaints that an order of that direction remedies."""
        found: dict[tuple[str, str], list[Entry]] = {}
        for device, entries in commands.items():
            for entry, _ in entries:
                lines = tuple(line for line in entry.lines if line.register == "indirect")
                action = entry.group.actions[0]
                direction = DIRECTIONS.get(action.op if action.op != "=" else action.value)
                if lines and direction and len(entry.group.actions) == 1 and "{" not in action.value:
                    found.setdefault((device, direction), []).append(Entry(entry.group, lines, lines))
        return found

    def reason(self, rng: random.Random, context: Context, order: Said) -> tuple[str, str] | None:
        """(a need or complaint that an order answers, what the order then acts on), or None where nothing fits.

        "It's too dark in the kitchen" gives "turn on the light" its place.
        """
        target, _, clause = order.actions[0].partition(" ")
        device = target.partition("@")[0]
        match = _CLAUSE.match(clause)
        if match is None or len(order.actions) > 1 or context.names:
            return None
        op, value = match.groups()
        entries = self._reasons.get((device, DIRECTIONS.get(op if op != "=" else value, "")))
        if not entries:
            return None
        entry = entries[int(rng.random() * len(entries))]
        said = self._fill(rng, context, device, entry, self._line(rng, entry))
        place = said.actions[0].partition(" ")[0]
        if context.names or len(said.actions) > 1 or (place != device and target not in (device, place)):
            return None
        return said.text, target if place == device else place

    def _compile(self, group: Group) -> Entry:
        lines = []
        for phrase in group.phrases:
            variants = tuple((v.template, tuple(group.words.get(s, s) for s in v.slots)) for v in phrase.variants)
            slots = {slot for variant in phrase.variants for slot in variant.slots}
            place_only = "area" in slots and "noun" not in slots
            lines.append(_Line(phrase.id, phrase.register, variants, "thing" in slots, place_only))
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
        here, where every command counts alike, power five times, and only its first lines are used.
        """
        weighted: dict[str, list[tuple[tuple[str, Entry], float]]] = {"": []}
        for device, entries in commands.items():
            largest: dict[str, Entry] = {}
            for entry, _ in entries:
                known = largest.get(entry.group.says.replace("*", device))
                if len(entry.group.actions) == 1 and (known is None or len(known.lines) < len(entry.lines)):
                    largest[entry.group.says.replace("*", device)] = entry
            chosen = []
            for entry in largest.values():
                lines = _plainest(entry)
                if lines:
                    weight = 5.0 if entry.group.actions[0].attribute == "power" else 1.0
                    chosen.append(((device, Entry(entry.group, entry.lines, lines)), weight))
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

    # --- drawing -----------------------------------------------------------------------------------------------------

    def order(self, rng: random.Random, context: Context, *, device: str = "", direct: bool = False) -> Said:
        """A clause that is a command. `direct`: only a bare imperative."""
        if rng.random() < CORE:
            name, entry = self._pick(rng, self._core[device or ""] or self._core[""])
            line = self._line(rng, entry)
            if (line.register == "direct" and entry.group.actions[0].op != "?") or not direct:
                context.plain = True
                said = self._fill(rng, context, name, entry, line)
                context.plain = False
                return said
        for _ in range(50):
            if device:
                table = self._by_device[device]
                name, entry = device, self._pick(rng, table)
            else:
                name, entry = self._pick(rng, self._orders)
            line = self._line(rng, entry)
            if direct and line.register != "direct":
                continue
            if direct and entry.group.actions[0].op == "?":
                continue
            return self._fill(rng, context, name, entry, line)
        return self._fill(rng, context, name, entry, line)

    def refusal(self, rng: random.Random, context: Context, reason: str) -> Said:
        """An authored refusal of the reason."""
        table = self._tables[reason]
        entry = self._pick(rng, table)
        return self._fill(rng, context, "light", entry, self._line(rng, entry))

    def about_thing(self, rng: random.Random, context: Context, thing: str = "") -> Said:
        """A power order whose phrase has a {thing}; `thing` is said in its place when given."""
        for _ in range(50):
            entry = self._pick(rng, self._with_thing)
            line = self._line(rng, entry)
            if line.has_thing and line.register in ("direct", "terse", "colloquial"):
                break
        devices = entry.group.devices if entry.group.actions[0].device == "*" else (entry.group.actions[0].device,)
        return self._fill(rng, context, devices[int(rng.random() * len(devices))], entry, line, thing)

    @staticmethod
    def _pick(rng: random.Random, options: Sequence[T]) -> T:
        return options[int(rng.random() * len(options))]

    @staticmethod
    def _line(rng: random.Random, entry: Entry) -> _Line:
        return entry.drawn[int(rng.random() * len(entry.drawn))]

    def every(self, rng: random.Random) -> Iterator[tuple[str, Said, Context]]:
        """Every phrase once for each of its devices: (phrase id, clause, context). For checks of the whole lexicon."""
        refusals = [("light", entry) for entries in self._refusals.values() for entry, _ in entries]
        for device, entry in [*dict.fromkeys(self._orders), *refusals]:
            for line in entry.lines:
                context = Context()
                yield line.phrase, self._fill(rng, context, device, entry, line), context

    def _fill(
        self, rng: random.Random, context: Context, device: str, entry: Entry, line: _Line, thing: str = ""
    ) -> Said:
        group = entry.group
        context.indoors = device in WEATHER
        template, slots = line.variants[int(rng.random() * len(line.variants))]
        context.phrases.append(line.phrase)
        actions = group.actions
        value = surface = ""
        if actions and "{" in (actions[0].value + actions[-1].value):
            value, surface = self._value(rng, context, device, group)
        fillings: list[str] = []
        targets: tuple[tuple[str, str], ...] = ()
        suffixes: tuple[str, ...] = ()
        filled = ""
        plural = False
        for slot in slots:
            if isinstance(slot, tuple):
                fillings.append(slot[int(rng.random() * len(slot))])
            elif slot == "thing":
                if thing:
                    fillings.append(thing)
                    continue
                np = self._thing(rng, context, device, actions if line.register in _COORDINATED else (), value)
                targets, plural, filled = np.targets, np.plural, np.surface
                fillings.append(np.surface)
            elif slot in ("area", "in_area"):
                said, suffixes = self.nouns.area(rng, context, slot == "in_area", two=len(actions) < 3)
                context.kinds.add("area")
                fillings.append(said)
            elif slot in ("value", "number"):
                fillings.append(surface or self._anything(rng, slot))
            elif slot == "is":
                fillings.append("\0")
            else:
                fillings.append(self._other(rng, context, slot, device))
        text = template % tuple(fillings)
        if "\0" in text:
            text = text.replace("\0", "are" if plural else "is")
        if group.rejected:
            context.kinds.add(f"reject:{group.kind}")
            return Said(text, (), group.rejected, line.register, group, False, filled)
        said_actions = self._actions(actions, device, value, targets, suffixes)
        schedulable = line.register != "indirect" and not any(a.op == "?" or a.schedule for a in actions)
        return Said(text, said_actions, "", line.register, group, schedulable and "schedule" not in slots, filled)

    def _thing(
        self, rng: random.Random, context: Context, device: str, actions: Sequence[ActionTemplate], value: str
    ) -> Thing:
        partners: tuple[str, ...] = ()
        if len(actions) == 1 and actions[0].device != "all":
            action = actions[0]
            key = (action.attribute, action.op, value or action.value)
            if action.attribute in COORDINATED:
                partners = tuple(p for p in self._partners.get(key, ()) if p != device)
        np = self.nouns.thing(rng, context, device, partners)
        if any(suffix for _, suffix in np.targets):
            context.kinds.add("area")
        return np

    def _actions(
        self,
        templates: Sequence[ActionTemplate],
        device: str,
        value: str,
        targets: Sequence[tuple[str, str]],
        suffixes: Sequence[str],
    ) -> tuple[str, ...]:
        out = []
        for template in templates:
            own = device if template.device == "*" else template.device
            said = value if template.value in ("{value}", "{number}") else template.value
            clause = f"{template.attribute}{template.op}{said}"
            schedule = f" {template.schedule}" if template.schedule else ""
            fixed = f"@{template.area}" if template.area else ""
            if targets:
                out += [f"{target}{suffix or fixed} {clause}{schedule}" for target, suffix in targets]
            else:
                whole = self.catalogue.devices[own].whole_home
                for suffix in suffixes or ("",):
                    suffix = "" if suffix == "@all" and not whole else suffix
                    out.append(f"{own}{suffix or fixed} {clause}{schedule}")
        return tuple(out)

    def _other(self, rng: random.Random, context: Context, slot: str, device: str) -> str:
        if slot == "noun":
            return context.unknown_noun or self.nouns.noun(rng, device)[0]
        if slot == "schedule":
            return self.speech.schedule(rng).surface
        if slot == "order":
            return self.order(rng, Context(), direct=True).text
        raise AssertionError(slot)

    def _anything(self, rng: random.Random, slot: str) -> str:
        """A number or value in a refusal, where no command says which."""
        if slot == "number":
            return self.speech.number(rng, str(rng.randint(1, 100)), rng.choice(("%", "degree", "")), False)
        return rng.choice(self._values[rng.choice(self._value_keys)])

    # --- values ------------------------------------------------------------------------------------------------------

    def _value(self, rng: random.Random, context: Context, device: str, group: Group) -> tuple[str, str]:
        """(canonical value, surface) of the group's `{value}` or `{number}` for a device."""
        action = next(a for a in group.actions if "{" in a.value)
        spec = self.catalogue.devices[device if action.device == "*" else action.device].attributes[action.attribute]
        if action.value == "{number}":
            context.kinds.add("number")
            if context.out_of_range and spec.number is not None:
                wrong = int(spec.number.max) + rng.choice(
                    (5, 10, 20, 30, 50, 70, 100, 150, 200, 400, 500, 900, 1000, 2000, rng.randint(60, 900))
                )
                return "", self.speech.number(rng, str(wrong), spec.number.unit, False)
            return self.draw_number(rng, device if action.device == "*" else action.device, spec, action.op)
        values = group.values or tuple(v for v in spec.values if v not in ("min", "max"))
        value = values[int(rng.random() * len(values))]
        names = self._values[(action.attribute, value)]
        return value, names[0] if rng.random() < 0.3 else names[int(rng.random() * len(names))]

    def draw_number(self, rng: random.Random, device: str, spec: AttributeSpec, op: str) -> tuple[str, str]:
        """(canonical number, surface) in the attribute's range, as people choose numbers."""
        assert spec.number is not None
        unit = spec.number.unit
        amount = op != "="
        if amount:
            n = (
                rng.choice(AMOUNT_PERCENT)
                if unit == "%"
                else rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 5, rng.randint(1, 10)))
            )
            if unit == "kelvin":
                n = rng.choice((100, 200, 300, 500, 500, 1000))
        else:
            n = _draw(rng, device, unit, int(spec.number.min), int(spec.number.max), self.language)
        value = str(n)
        if device in ("climate", "heater") and unit == "degree" and rng.random() < 0.06 and n < 40 and not amount:
            value += ".5"
        elif device == "radio" and unit == "" and rng.random() < 0.6:  # stations on FM
            value = f"{rng.randint(87, 107)}.{rng.randint(1, 9)}"
        said = self.speech.number(rng, value, unit, amount)
        return value + spec.number.suffix, said

    def out_of_range(self, rng: random.Random, context: Context) -> Said:
        """An order with a number that the attribute does not take: 150%, 1000 degrees."""
        device, entry = self._pick(rng, self._numbered)
        context.out_of_range = True
        said = self._fill(rng, context, device, entry, self._line(rng, entry))
        context.out_of_range = False
        return replace(said, actions=(), rejected="unsupported")


def _plainest(entry: Entry) -> tuple[_Line, ...]:
    """The first few lines of a group, of each register that says things straight."""
    first: list[_Line] = []
    for register, count in (("direct", 5), ("terse", 3), ("question", 4 if entry.group.actions[0].op == "?" else 0)):
        first += [line for line in entry.lines if line.register == register][:count]
    return tuple(first)


def _by_use(lines: Sequence[_Line]) -> tuple[_Line, ...]:
    """The lines, those that are said most several times: the first of a register stand for the plainest ways (authors
    begin with what comes to mind first), and so do places alone ("turn off the kitchen")."""
    drawn: list[_Line] = []
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


def _draw(rng: random.Random, device: str, unit: str, low: int, high: int, language: str) -> int:
    """A number as people choose them."""
    r = rng.random()
    if unit == "%":
        if r < 0.55:
            return rng.randrange(0, 101, 10)
        return rng.randrange(0, 101, 5) if r < 0.75 else rng.randint(0, 100)
    if unit == "kelvin":
        return rng.choice(
            (2200, 2700, 3000, 3500, 4000, 4000, 4500, 5000, 5500, 6000, 6500, rng.randrange(2000, 7000, 100))
        )
    if unit != "degree":
        return rng.randint(1, 20) if r < 0.6 else rng.randint(1, 99) if r < 0.9 else rng.randint(1, 999)
    if device == "oven":
        n = rng.randrange(100, 260, 10) if language == "zh" or r < 0.5 else rng.randrange(200, 500, 25)
    elif device == "fridge":
        n = rng.choice((2, 3, 4, 4, 5, 5, 6, 8, -18, -18, -20, -15, *((38, 40) if language == "en" else ())))
    elif device == "water_heater":
        n = rng.randint(35, 75) if language == "zh" or r < 0.6 else rng.randint(100, 140)
    elif language == "zh" or r < 0.62:
        n = rng.randint(16, 30) if r < 0.56 or language == "zh" else rng.randint(5, 35)
    else:
        n = rng.randint(58, 85)
    return min(max(n, low), high)
