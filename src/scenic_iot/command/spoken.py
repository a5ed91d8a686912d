"""What is said back: a short sentence that tells what a command does, or why nothing is done.

The sentences are templates in `spoken.yaml`, with general ones for whatever has none of its own, so that a device or an
attribute that a catalogue adds is spoken with the names that the catalogue gives it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from scenic_iot.command.actions import SIGNS, STEP, Action, Command
from scenic_iot.command.numbers import NUMBER
from scenic_iot.command.schedule import Schedule
from scenic_iot.home.catalogue import ALL_AREAS, Catalogue, Names, forms, load_catalogue
from scenic_iot.home.homefile import Home

TEMPLATES = Path(__file__).with_name("spoken.yaml")


def confirm(command: Command, language: str, home: Home | None = None, catalogue: Catalogue | None = None) -> str:
    """The confirmation of a command, as if it had been done.

    Args:
        command: a command of the catalogue, or of the home if one is given.
        language: "zh" or "en".
        home: for its names of devices and areas.
        catalogue: None is the packaged one.

    Raises:
        ValueError: there are no templates in this language.
    """
    speeches = _speeches()
    if language not in speeches:
        raise ValueError(f"no confirmations in {language!r}; there are {', '.join(speeches)}")
    speech = speeches[language]
    if command.rejected is not None:
        return speech.rejected[command.rejected]
    speaker = _Speaker(language, speech, catalogue or load_catalogue(), home or Home())
    said = speech.answer.format(clauses=speech.join.join(map(speaker.clause, command.actions)))
    for old, new in speech.tidy.items():
        said = said.replace(old, new)
    return said


@dataclass(frozen=True, slots=True)
class _Times:
    """Templates of schedules."""

    delay: str
    at: str
    every: str
    every_from: str
    lengths: dict[str, str]
    join: str
    days: dict[str, str]
    recurrences: dict[str, str]

    def say(self, schedule: Schedule) -> str:
        if schedule.time is None:
            lengths = [_counted(self.lengths[unit], str(number)) for number, unit in schedule.delay]
            return self.delay.format(delay=self.join.join(lengths))
        time = "{:02}:{:02}".format(*schedule.time)
        day, every = self.days.get(schedule.day or "", ""), self.recurrences.get(schedule.every or "", "")
        template = (self.every_from if day else self.every) if every else self.at
        return template.format(day=day, time=time, every=every)


@dataclass(frozen=True, slots=True)
class _Speech:
    """The templates of one language: see the head of `spoken.yaml`."""

    answer: str
    join: str
    clause: dict[str, str]
    verb: dict[str, str]
    tidy: dict[str, str]
    rejected: dict[str, str]
    things: dict[str, dict[str, str]]
    places: dict[str, str]
    units: dict[str, str]
    schedule: _Times
    says: dict[str, str]


@lru_cache(maxsize=1)
def _speeches() -> dict[str, _Speech]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    languages = yaml.load(TEMPLATES.read_text(encoding="utf-8"), Loader=loader)
    for data in languages.values():
        data["schedule"] = _Times(**data["schedule"])
    return {language: _Speech(**data) for language, data in languages.items()}


class _Speaker:
    """Speaks actions in one language, for one home."""

    def __init__(self, language: str, speech: _Speech, catalogue: Catalogue, home: Home) -> None:
        self.language, self.speech, self.catalogue, self.home = language, speech, catalogue, home

    def clause(self, action: Action) -> str:
        named = self.home.devices.get(action.device)
        kind = named.type if named else action.device
        thing, many = self.thing(action, kind)
        tense = "asked" if action.op == "query" else "later" if action.schedule else "done"
        verb = self.speech.verb
        say = self.template(kind, action).format(
            thing=thing,
            attribute=self.name(self.catalogue.attributes[action.attribute].names, action.attribute),
            value=self.value(kind, action),
            place=self.place(action.area) if action.area not in (None, ALL_AREAS) else "",
            **{"is": verb["later"] if tense == "later" else verb["many" if many else "one"]},
            one_is=verb["later"] if tense == "later" else verb["one"],
        )
        when = self.speech.schedule.say(Schedule.parse(action.schedule)) if action.schedule else ""
        return self.speech.clause[tense].format(say=say, when=when)

    def thing(self, action: Action, kind: str) -> tuple[str, bool]:
        """What the device is called, and whether it is many."""
        area, named = action.area, self.home.devices.get(action.device)
        if named and named.names:
            return self.suited(named.names), False
        area = named.area if named else area
        form = "plain" if area is None else "all" if area == ALL_AREAS else "area"
        if action.excluded:
            form = "except" if form == "all" else "area_except"
        template = self.speech.things.get(kind, self.speech.things["*"])[form]
        one, many = forms(self.name(self.catalogue.devices[kind].names, kind))
        said = template.format(
            device=one,
            devices=many,
            area=self.area(area) if area else "",
            place=self.place(area) if area else "",
            excluded=self.speech.places["join"].join(map(self.place, action.excluded)),
        )
        return said, "{devices}" in template

    def template(self, kind: str, action: Action) -> str:
        keys = self.keys(kind, action)
        return next(self.speech.says[key] for key in keys if key in self.speech.says)

    def keys(self, kind: str, action: Action) -> Iterator[str]:
        """The lines of `says` that suit an action, the most telling first."""
        value, sign = action.value or "", SIGNS[action.op]
        listed = self.catalogue.devices[kind].attributes[action.attribute].values
        number = value not in listed and NUMBER.fullmatch(value.removesuffix("%"))
        sort = "number" if number else "word" if value in listed else "open"
        for device in (f"{kind} ", ""):
            for attribute in (action.attribute, "*"):
                yield f"{device}{attribute}{sign}{value}"
                yield f"{device}{attribute}{sign}{sort}"

    def value(self, kind: str, action: Action) -> str:
        value = action.value or ""
        names = self.catalogue.attributes[action.attribute].values.get(value)
        if names:
            return self.name(names, value)
        spec = self.catalogue.devices[kind].attributes[action.attribute].number
        if value == STEP or spec is None or not spec.unit or (spec.suffix and not value.endswith(spec.suffix)):
            return value
        return _counted(self.speech.units[spec.unit], value.removesuffix(spec.suffix))

    def area(self, area: str) -> str:
        """An area's name: the owner's own in this language, or else the catalogue's."""
        known, own = self.catalogue.areas.get(area), self.home.areas.get(area)
        own_names = own.names if own else ()
        if known and not any(map(self.suits, own_names)):
            return self.name(known.names, area)
        return self.suited(own_names) if own_names else area

    def place(self, area: str) -> str:
        """Where something is: "in the kitchen", "upstairs"."""
        known = self.catalogue.areas.get(area)
        name = self.area(area)
        if known and known.where.get(self.language) and name == self.name(known.names, area):
            return known.where[self.language][0]
        return self.speech.places["in"].format(area=name)

    def name(self, names: Names, identifier: str) -> str:
        """The first name in this language, or in any, or the identifier in words."""
        return next(iter(names.get(self.language, next(iter(names.values()), ()))), identifier.replace("_", " "))

    def suited(self, names: tuple[str, ...]) -> str:
        """Of an owner's names, whose language is not said, the first that is written like this language."""
        return next(filter(self.suits, names), names[0])

    def suits(self, name: str) -> bool:
        return any(unicodedata.name(char, "").startswith("CJK") for char in name) == (self.language == "zh")


def _counted(template: str, number: str) -> str:
    one, other = forms(template)
    return (one if number == "1" else other).format(n=number)
