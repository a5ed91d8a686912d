"""A regular expression of the catalogue's names: what a programmer writes in an afternoon.

A sentence is cut at "and", commas and the like. In each part the devices and places are looked for by name, then a
question, a value, a number, a direction, or a word for on and off, in this order. All names are the catalogue's and the
home's; added are only the verbs and the words of direction that no catalogue can hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from scenic_iot.bench.evaluate import Ranker
from scenic_iot.home.catalogue import Catalogue, DeviceType, forms
from scenic_iot.home.homefile import Home
from scenic_iot.text.normalise import normalise

from .base import REFUSED, Given, fit
from .numerals import digits

_CUT = re.compile(r"[,;.!，；。！](?!\d)| and then | then | and |然后|接着|同时|并且|顺便|再")
_SWITCH = re.compile(r"\bswitch\b(?= on| off| to)")
"""The verb, not the device."""
_EVERYWHERE = re.compile(r"\b(?:all|every|everywhere|whole)\b|所有|全部|全屋|每个")
_ASKED = re.compile(r"^(?:is|are|did|does|has|have|what|what's|how|which|check)\b|吗$|多少|几度|什么|没有?$|怎么样")
_UP = re.compile(r"\b(?:up|increase|raise|more|brighter|higher|louder|warmer|faster)\b|[高大亮强快升增热暖]")
_DOWN = re.compile(
    r"\b(?:down|decrease|lower|reduce|less|dim|dimmer|softer|quieter|cooler|slower)\b|[低小暗弱慢降减凉冷]"
)
_TARGET = re.compile(r"\b(?:to|at)\b|[到成为至]")
_NUMBER = re.compile(r"(?<![\d:])(-?\d+(?:\.\d)?)(?![\d:])")
_VERBS = {
    "on": ("on", "start", "activate", "打开", "开启", "启动", "开"),
    "off": ("off", "kill", "cut", "关闭", "关掉", "关上", "关"),
    "open": ("open", "raise", "打开", "拉开", "升起", "开"),
    "closed": ("close", "shut", "lower", "关闭", "关上", "拉上", "放下", "关"),
    "locked": ("lock", "锁上", "锁"),
    "unlocked": ("unlock", "open", "开锁", "解锁", "打开", "开"),
    "clean": ("clean", "start", "run", "turn on", "打开", "启动", "开始"),
    "start": ("start", "run", "启动", "开始"),
}
"""Verbs by the value that they set; every other value is known by its name alone."""
_STATES = ("state", "position", "task", "power")
"""What a question without an attribute asks for, the first that the device has."""


class Pattern:
    """Names and values as regular expressions."""

    def __init__(self, given: Given) -> None:
        self._catalogue = given.catalogue

    def ranker(self, home: Home | None) -> Ranker:
        """One command, or a refusal where a device or what to do with it is not found."""
        matcher = _Matcher(self._catalogue, home)
        return lambda text: [fit("; ".join(matcher.actions(text)) or REFUSED, self._catalogue, home)]


@dataclass(frozen=True, slots=True)
class _Target:
    """What a name stands for: a device with its type, or an area ("@kitchen"); or a device in an area."""

    id: str = ""
    type: str = ""
    area: str = ""


class _Matcher:
    """Finds what a sentence says in one home."""

    def __init__(self, catalogue: Catalogue, home: Home | None) -> None:
        self._catalogue = catalogue
        self._targets = _targets(catalogue, home)
        self._named = _any(self._targets)
        self._values = cache(self._values_of)

    def actions(self, text: str) -> list[str]:
        """The actions of a sentence. A part that names nothing goes on about what was named before; one that says
        nothing by itself belongs to the part before it."""
        done: list[str] = []
        part, said, before = "", list[str](), list[_Target]()
        for piece in map(normalise, _CUT.split(_SWITCH.sub("turn", text.lower()))):
            alone = self._part(piece, before)
            if said and alone:
                done += said
                part, said = piece, alone
            else:
                part = f"{part} {piece}".strip()
                said = self._part(part, before)
            before = self._places(part) or before
        return done + said

    def _part(self, text: str, before: Sequence[_Target]) -> list[str]:
        """The actions of a part; none where nothing is named, or where it is not said what to do with it."""
        rest = self._named.sub(" ", text).strip()
        places = self._places(text) or before
        if not places and _ASKED.search(rest):
            places = [_Target("sensor", "sensor")]
        clauses = [(place, self._clause(self._catalogue.devices[place.type], rest)) for place in places]
        return [f"{place.id}{place.area} {clause}" for place, clause in clauses if clause]

    def _places(self, text: str) -> list[_Target]:
        """Every device that is named, in every place that is."""
        found = [self._targets[match[0]] for match in self._named.finditer(text)]
        areas = [target.area for target in found if target.area]
        if not areas and _EVERYWHERE.search(text):
            areas = ["@all"]
        devices = [target for target in found if not target.area]
        if not devices and any(target.area for target in found):
            meant = "sensor" if _ASKED.search(text) else "light"  # "how warm is the kitchen", "turn off the kitchen"
            devices = [_Target(meant, meant)]
        out: dict[_Target, None] = {}
        for device in devices:
            placed = device.id == device.type and (self._catalogue.devices[device.id].whole_home or areas != ["@all"])
            out |= {replace(device, area=area): None for area in (areas if placed else []) or [""]}
        return list(out)

    def _clause(self, device: DeviceType, rest: str) -> str | None:
        """What is to be done with a device: `power=off`, `brightness+=step`, `state?`; None where nothing is said."""
        attributes, values = self._values(device.id)
        at = _any(attributes).search(rest)
        attribute = attributes[at[0]] if at else None
        if _ASKED.search(rest):
            asked = attribute or next((name for name in _STATES if name in device.attributes), None)
            return f"{asked}?" if asked else None
        told = [values[match[0]] for match in _any(values).finditer(rest)]
        plain = [options for options in told if not any(value in _VERBS for _, value in options)]
        if plain:
            return _chosen(plain[0], attribute)
        number = _NUMBER.search(digits(rest))
        up, down = _UP.search(rest), _DOWN.search(rest)
        sign = "=" if not (up or down) or (number and _TARGET.search(rest)) else "+=" if up else "-="
        specs = {name: spec for name, spec in device.attributes.items() if attribute in (None, name)}
        if number:
            numeric = next((name for name, spec in specs.items() if spec.number), None)
            spec = specs[numeric].number if numeric else None
            return f"{numeric}{sign}{number[1]}{spec.suffix}" if spec else None
        steps = next((name for name, spec in specs.items() if spec.step), None)
        if steps and (up or down):
            return f"{steps}{sign}step"
        return _chosen(told[0], attribute) if told else None

    def _values_of(self, device: str) -> tuple[dict[str, str], dict[str, list[tuple[str, str]]]]:
        """Names of a device's attributes, and names of their values with all (attribute, value) that they stand for."""
        attributes: dict[str, str] = {}
        values: dict[str, list[tuple[str, str]]] = {}
        for attribute, spec in self._catalogue.devices[device].attributes.items():
            known = self._catalogue.attributes[attribute]
            for names in known.names.values():
                attributes |= {normalise(name): attribute for name in names}
            for value in spec.values:
                names_of = [name for names in known.values[value].values() for name in names]
                for name in dict.fromkeys(map(normalise, (*names_of, *_VERBS.get(value, ())))):
                    values.setdefault(name, []).append((attribute, value))
        return attributes, values


def _targets(catalogue: Catalogue, home: Home | None) -> dict[str, _Target]:
    """What the names stand for."""
    targets: dict[str, _Target] = {}
    for area in catalogue.areas.values():
        targets |= {name: _Target(area=f"@{area.id}") for names in area.names.values() for name in names}
    for type_ in catalogue.devices.values():
        nouns = [form for names in type_.names.values() for name in names for form in forms(name)]
        targets |= dict.fromkeys(nouns, _Target(type_.id, type_.id))
    if home is not None:
        for own in home.areas.values():
            targets |= dict.fromkeys(own.names, _Target(area=f"@{own.id}"))
        for device in home.devices.values():
            targets |= dict.fromkeys(device.names, _Target(device.id, device.type))
    return {normalise(name): target for name, target in targets.items()}


@cache
def _compiled(names: tuple[str, ...]) -> re.Pattern[str]:
    words = [rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name) for name in names]
    return re.compile("|".join(words) or r"(?!)")


def _any(names: Iterable[str]) -> re.Pattern[str]:
    """One of the names, the longest that stands at a place."""
    return _compiled(tuple(sorted(filter(None, names), key=lambda name: (-len(name), name))))


def _chosen(options: list[tuple[str, str]], attribute: str | None) -> str:
    """The value of the attribute that was named, else of the first that has it."""
    return "=".join(next((option for option in options if option[0] == attribute), options[0]))


make = Pattern
