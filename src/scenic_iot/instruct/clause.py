"""One clause: a phrase of the lexicon, filled, with the actions it means.

How often what is drawn stands in `tables.py`, values and numbers in `values.py`, noun phrases in `nounphrase.py`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scenic_iot.home.catalogue import Catalogue

from .draw import pick
from .lexicon import ActionTemplate, Group, Lexicon
from .nounphrase import Context, NounPhrases, Shares, Thing
from .speech import speech_of
from .tables import CORE, Entry, Line, Tables, direction_of
from .values import Values

_COORDINATED = frozenset({"direct", "terse", "question"})  # elsewhere a line is too much one device's own
COORDINATED = frozenset({"power", "position", "volume", "mute", "temperature", "fan_speed", "humidity"})
"""Attributes of which one verb may serve two kinds of devices; of others ("clean", "start") each has its own."""
WEATHER = frozenset({"climate", "sensor", "heater", "humidifier", "dehumidifier", "air_purifier"})
_CLAUSE = re.compile(r"([a-z_]+)(\+=|-=|=)(\S*)")


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


class Clauses:
    """Draws clauses of one language."""

    def __init__(self, lexicon: Lexicon, catalogue: Catalogue, shares: Shares | None = None) -> None:
        self.catalogue, self.lexicon, self.language = catalogue, lexicon, lexicon.language
        self.nouns = NounPhrases(lexicon, catalogue, shares)
        self.speech = speech_of(lexicon.language)
        self.tables = Tables(lexicon, catalogue)
        self._values = Values(lexicon, catalogue)

    def reason(self, rng: random.Random, context: Context, order: Said) -> tuple[str, str] | None:
        """(a need or complaint that an order answers, what the order then acts on), or None where nothing fits.

        "It's too dark in the kitchen" gives "turn on the light" its place.
        """
        target, _, clause = order.actions[0].partition(" ")
        device = target.partition("@")[0]
        match = _CLAUSE.match(clause)
        if match is None or len(order.actions) > 1 or context.names:
            return None
        entries = self.tables.reasons.get((device, direction_of(device, *match.groups())))
        if not entries:
            return None
        entry = entries[int(rng.random() * len(entries))]
        said = self._fill(rng, context, device, entry, self._line(rng, entry))
        place = said.actions[0].partition(" ")[0]
        if context.names or len(said.actions) > 1 or (place != device and target not in (device, place)):
            return None
        return said.text, target if place == device else place

    def order(self, rng: random.Random, context: Context, *, device: str = "", direct: bool = False) -> Said:
        """A clause that is a command. `direct`: only a bare imperative."""
        if rng.random() < CORE:
            name, entry = pick(rng, self.tables.core[device or ""] or self.tables.core[""])
            line = self._line(rng, entry)
            if (line.register == "direct" and entry.group.actions[0].op != "?") or not direct:
                context.plain = True
                said = self._fill(rng, context, name, entry, line)
                context.plain = False
                return said
        for _ in range(50):
            if device:
                table = self.tables.by_device[device]
                name, entry = device, pick(rng, table)
            else:
                name, entry = pick(rng, self.tables.orders)
            line = self._line(rng, entry)
            if direct and line.register != "direct":
                continue
            if direct and entry.group.actions[0].op == "?":
                continue
            return self._fill(rng, context, name, entry, line)
        return self._fill(rng, context, name, entry, line)

    def refusal(self, rng: random.Random, context: Context, reason: str) -> Said:
        """An authored refusal of the reason."""
        table = self.tables.refusals[reason]
        entry = pick(rng, table)
        return self._fill(rng, context, "light", entry, self._line(rng, entry))

    def about_thing(self, rng: random.Random, context: Context, thing: str = "") -> Said:
        """A power order whose phrase has a {thing}; `thing` is said in its place when given."""
        for _ in range(50):
            entry = pick(rng, self.tables.with_thing)
            line = self._line(rng, entry)
            if line.has_thing and line.register in ("direct", "terse", "colloquial"):
                break
        devices = entry.group.devices if entry.group.actions[0].device == "*" else (entry.group.actions[0].device,)
        return self._fill(rng, context, devices[int(rng.random() * len(devices))], entry, line, thing)

    @staticmethod
    def _line(rng: random.Random, entry: Entry) -> Line:
        return entry.drawn[int(rng.random() * len(entry.drawn))]

    def every(self, rng: random.Random) -> Iterator[tuple[str, Said, Context]]:
        """Every phrase once for each of its devices: (phrase id, clause, context). For checks of the whole lexicon."""
        refusals = [("light", entry) for table in self.tables.refusals.values() for entry in dict.fromkeys(table)]
        for device, entry in [*dict.fromkeys(self.tables.orders), *refusals]:
            for line in entry.lines:
                context = Context()
                yield line.phrase, self._fill(rng, context, device, entry, line), context

    def _fill(
        self, rng: random.Random, context: Context, device: str, entry: Entry, line: Line, thing: str = ""
    ) -> Said:
        group = entry.group
        context.indoors = device in WEATHER
        template, slots = line.variants[int(rng.random() * len(line.variants))]
        context.phrases.append(line.phrase)
        actions = group.actions
        value = surface = ""
        if actions and "{" in (actions[0].value + actions[-1].value):
            value, surface = self._values.draw(rng, context, device, group)
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
                said, suffixes = self._place(rng, context, slot == "in_area", actions)
                context.kinds.add("area")
                fillings.append(said)
            elif slot in ("value", "number"):
                fillings.append(surface or self._values.anything(rng, slot))
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
        return Said(text, said_actions, "", line.register, group, schedulable, filled)

    def _place(
        self, rng: random.Random, context: Context, adverbial: bool, actions: Sequence[ActionTemplate]
    ) -> tuple[str, tuple[str, ...]]:
        """One or two places and their suffixes; one that has others where those are meant."""
        if any(action.area == "others" for action in actions):
            said, suffix = self.nouns.place(rng, context, adverbial)
            context.kinds.add("except")
            return said, (suffix,)
        return self.nouns.area(rng, context, adverbial, two=len(actions) < 3)

    def _thing(
        self, rng: random.Random, context: Context, device: str, actions: Sequence[ActionTemplate], value: str
    ) -> Thing:
        partners: tuple[str, ...] = ()
        if len(actions) == 1 and actions[0].device != "all":
            action = actions[0]
            key = (action.attribute, action.op, value or action.value)
            if action.attribute in COORDINATED:
                partners = tuple(p for p in self.tables.partners.get(key, ()) if p != device)
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
                    if template.area == "others":
                        suffix = f"@all-{suffix[1:]}"
                    suffix = "" if suffix == "@all" and not whole else suffix
                    out.append(f"{own}{suffix or fixed} {clause}{schedule}")
        return tuple(out)

    def _other(self, rng: random.Random, context: Context, slot: str, device: str) -> str:
        if slot == "noun":
            return context.unknown_noun or self.nouns.noun(rng, device)[0]
        if slot == "order":
            inner = Context()
            said = self.order(rng, inner, direct=True)
            context.phrases += inner.phrases
            return said.text
        raise AssertionError(slot)

    def out_of_range(self, rng: random.Random, context: Context) -> Said:
        """An order with a number that the attribute does not take: 150%, 1000 degrees."""
        device, entry = pick(rng, self.tables.numbered)
        context.out_of_range = True
        said = self._fill(rng, context, device, entry, self._line(rng, entry))
        context.out_of_range = False
        return replace(said, actions=(), rejected="unsupported")
