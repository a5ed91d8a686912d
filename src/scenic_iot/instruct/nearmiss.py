"""Near misses: a pair edited in one place, so that it means something else: another room, another number, on for off.

Only edits that are sure to be right are made. The word must stand once in the text and be all that the command takes
from it; sentences that report, correct, give reasons or hold slips are left alone.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from functools import lru_cache

from scenic_iot.command.errors import CommandError
from scenic_iot.command.parse import parse
from scenic_iot.home.catalogue import load_catalogue

from .generate import Pair

_UNSURE = frozenset(
    {"context", "correction", "except", "indirect", "named_area", "name", "reason", "reject", "several", "slip", "span"}
)
_NUMBER = re.compile(r"(?<![\d.:])\d+(?![\d.:])")
_STEPS = (1, 2, 3, 5, 10, 20)
_SWITCHES = {
    # "on" also says where a thing is ("on the left"), so it counts beside its verb and at the end only
    "en": (
        ("on", "off"),
        re.compile(r"(?<=\bturn )on\b|(?<=\bswitch )on\b|\bon$|\boff\b"),
        re.compile(r"\bo(?:n|ff)\b"),
    ),
    "zh": (("打开", "关掉"), re.compile("打开|开启|关掉|关闭"), re.compile("[开关]")),
}


def near_misses(rng: random.Random, pair: Pair) -> list[Pair]:
    """The edits that a pair allows, at most one of each kind. Their commands differ from the pair's in one thing."""
    if _UNSURE & set(pair.kinds) or "; " in pair.command or pair.command.startswith("reject "):
        return []
    found = (_other_room(rng, pair), _other_number(rng, pair), _other_way(pair))
    return [replace(made, kinds=(*pair.kinds, "edited")) for made in found if made is not None]


def _other_room(rng: random.Random, pair: Pair) -> Pair | None:
    names, pattern, rooms = _rooms(pair.language)
    match = _only(pattern, pair.text)
    area = pair.command.partition(" ")[0].partition("@")[2]
    if match is None or names[match[0]] != area or area not in rooms:
        return None
    other = rng.choice([room for room in rooms if room != area])
    text = pair.text[: match.start()] + rooms[other] + pair.text[match.end() :]
    return replace(pair, text=text, command=pair.command.replace(f"@{area} ", f"@{other} ", 1))


def _other_number(rng: random.Random, pair: Pair) -> Pair | None:
    match = _only(_NUMBER, pair.text)
    clause = pair.command.split(" ", 1)[1]
    if match is None or "number" not in pair.kinds or not re.fullmatch(rf"[a-z_]+[+-]?={match[0]}%?", clause):
        return None
    for step in rng.sample(_STEPS, len(_STEPS)):
        for number in (int(match[0]) + step, int(match[0]) - step):
            command = pair.command.replace(f"={match[0]}", f"={number}")
            if number > 0 and _stands(command):
                text = pair.text[: match.start()] + str(number) + pair.text[match.end() :]
                return replace(pair, text=text, command=command)
    return None


def _other_way(pair: Pair) -> Pair | None:
    (on, off), sure, any_of = _SWITCHES[pair.language]
    match, said = _only(sure, pair.text), re.search(r" power=(on|off)", pair.command)
    if match is None or said is None or _only(any_of, pair.text) is None:
        return None
    is_on = match[0] in (on, "开启")
    if is_on != (said[1] == "on"):
        return None
    text = pair.text[: match.start()] + (off if is_on else on) + pair.text[match.end() :]
    return replace(pair, text=text, command=pair.command.replace(f"={said[1]}", "=off" if is_on else "=on", 1))


def _only(pattern: re.Pattern[str], text: str, times: int = 1) -> re.Match[str] | None:
    """The one match in a text, or None where there is none or there are several."""
    found = list(pattern.finditer(text))
    return found[0] if len(found) == times else None


def _stands(command: str) -> bool:
    try:
        return str(parse(command)) == command
    except CommandError:
        return False


@lru_cache(maxsize=2)
def _rooms(language: str) -> tuple[dict[str, str], re.Pattern[str], dict[str, str]]:
    """(name -> area, a pattern of all names, area -> first name of rooms that one is "in")."""
    areas = load_catalogue().areas
    names = {name: area for area, spec in areas.items() for name in spec.names[language]}
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"\b(?:{words})\b(?!'s)" if language == "en" else words)
    # a garage door is a device, not a door in the garage
    rooms = {area: spec.names[language][0] for area, spec in areas.items() if not spec.where and area != "garage"}
    return names, pattern, rooms
