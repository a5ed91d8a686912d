"""Home Assistant's own sentences, recognised by hassil as Home Assistant does it.

The home is set up kindly: every area and device has the catalogue's names (or the home's), scenes and sensors exist,
and the speaker stands in an area, which Home Assistant needs for "turn on the lights". What is recognised becomes a
command in `intents.py`; what is not is a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from hassil import Intents, recognize_best
from hassil.intents import SlotList, TextSlotList
from home_assistant_intents import get_intents

from scenic_iot.bench.evaluate import Ranker
from scenic_iot.home.catalogue import Catalogue, forms
from scenic_iot.home.homefile import Home
from scenic_iot.text.normalise import normalise

from .base import REFUSED, Given, fit
from .intents import HERE, Heard, command_of

_LANGUAGES = {"zh": "zh-CN", "en": "en"}
_HAN = re.compile("[\u3400-\u9fff]")
_DOMAINS = {
    "light": "light",
    "climate": "climate",
    "heater": "climate",
    "fan": "fan",
    "air_purifier": "fan",
    "range_hood": "fan",
    "curtain": "cover",
    "window": "cover",
    "garage_door": "cover",
    "gate": "cover",
    "lock": "lock",
    "tv": "media_player",
    "speaker": "media_player",
    "radio": "media_player",
    "projector": "media_player",
    "vacuum": "vacuum",
}
"""Home Assistant's domain of a device type; all others are a `switch`, which its sentences turn on and off."""
_Entry = tuple[str, str, dict[str, str]]
"""A name, what it stands for, and the domain."""


class Sentences:
    """The sentences of both languages."""

    def __init__(self, given: Given) -> None:
        self._catalogue = given.catalogue
        self._intents = {language: _intents(code) for language, code in _LANGUAGES.items()}

    def ranker(self, home: Home | None) -> Ranker:
        """One command, or a refusal where no sentence matches."""
        lists = {language: _lists(self._catalogue, home, language) for language in _LANGUAGES}

        def hear(text: str) -> Heard | None:
            language = "zh" if _HAN.search(text) else "en"
            result = recognize_best(
                text,
                self._intents[language],
                slot_lists=lists[language],
                intent_context={"area": HERE},
                language=language,
                best_slot_name="name",
            )
            if result is None:
                return None
            slots = {name: (entity.value, entity.text) for name, entity in result.entities.items()}
            return Heard(result.intent.name, slots, text)

        def rank(text: str) -> list[str]:
            plain = normalise(text)
            command = command_of(plain, hear, self._catalogue, home) if plain else REFUSED
            return [fit(command, self._catalogue, home)]

        return rank


@lru_cache
def _intents(code: str) -> Intents:
    found = get_intents(code)
    if found is None:
        raise FileNotFoundError(f"home-assistant-intents has no sentences for {code}")
    return Intents.from_dict(found)


def _lists(catalogue: Catalogue, home: Home | None, language: str) -> dict[str, SlotList]:
    """What stands for {name}, {area} and {floor}."""
    areas = [(name, area.id) for area in catalogue.areas.values() for name in area.names.get(language, ())]
    if home is not None:
        areas += [(name, area.id) for area in home.areas.values() for name in area.names]
    names = list(_names(catalogue, home, language))
    return {
        "area": TextSlotList.from_tuples(areas, allow_template=False, name="area"),
        "floor": TextSlotList.from_tuples([], name="floor"),
        "name": TextSlotList.from_tuples(names, allow_template=False, name="name"),
    }


def _names(catalogue: Catalogue, home: Home | None, language: str) -> Iterator[_Entry]:
    if home is not None:
        for own in home.devices.values():
            for name in own.names:
                yield name, own.id, {"domain": _DOMAINS.get(own.type, "switch")}
    for device in catalogue.devices.values():
        if device.id in ("sensor", "scene") or (home is not None and not home.has(device.id)):
            continue
        for name in device.names.get(language, ()):
            for form in dict.fromkeys(forms(name)):
                yield form, device.id, {"domain": _DOMAINS.get(device.id, "switch")}
    for value, names in catalogue.attributes["activate"].values.items():
        for name in names.get(language, ()):
            yield name, f"scene={value}", {"domain": "scene"}
    for attribute in catalogue.devices["sensor"].attributes:
        for name in catalogue.attributes[attribute].names.get(language, ()):
            yield name, f"sensor={attribute}", {"domain": "sensor"}


make = Sentences
