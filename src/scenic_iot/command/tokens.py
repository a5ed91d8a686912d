"""The tokens that commands are written with, in an order that the catalogue alone decides.

    <pad> <bos> <eos>  reject ...  ;  light  #1  @all @kitchen @#1  -kitchen -#1
    power= power? brightness+=  on off  step neg 0 ... 9 . %
    in at every  :h :m :s  00: ... 23:  :00 ... :59  today ... sun day weekday weekend

Digits are written one by one. A word that is both a device and a value ("fan") is one token: its place tells which.
"""

from __future__ import annotations

from collections.abc import Iterator

from scenic_iot.command.actions import REASONS, SIGNS, STEP
from scenic_iot.command.schedule import DAYS, RECURRENCES, UNITS
from scenic_iot.command.values import allowed_ops
from scenic_iot.home.catalogue import ALL_AREAS, Catalogue

PAD, BOS, EOS = 0, 1, 2
MAX_NAMES, MAX_AREAS = 4, 3  # placeholders there are for named devices and for named areas
MINUS = "neg"  # the sign of a number; "-" leaves an area out
NUMERALS = {**{char: char for char in "0123456789.%"}, "-": MINUS}  # character -> token
HOURS = tuple(f"{hour:02}:" for hour in range(24))
MINUTES = tuple(f":{minute:02}" for minute in range(60))


def vocabulary(catalogue: Catalogue) -> tuple[str, ...]:
    """Every token once; its place is its id."""
    return tuple(dict.fromkeys(_tokens(catalogue)))


def numbered(count: int, mark: str = "") -> tuple[str, ...]:
    """The first placeholders: #1, #2, ..., or with a mark before them @#1, @#2, ..."""
    return tuple(f"{mark}#{index + 1}" for index in range(count))


def _tokens(catalogue: Catalogue) -> Iterator[str]:
    yield from ("<pad>", "<bos>", "<eos>", *(f"reject {reason}" for reason in REASONS), ";")
    yield from (*catalogue.devices, *numbered(MAX_NAMES))
    yield from (f"@{area}" for area in (ALL_AREAS, *catalogue.areas, *numbered(MAX_AREAS)))
    yield from (f"-{area}" for area in (*catalogue.areas, *numbered(MAX_AREAS)))
    for attribute in catalogue.attributes.values():
        devices = catalogue.devices.values()
        specs = [device.attributes[attribute.id] for device in devices if attribute.id in device.attributes]
        yield from (attribute.id + sign for op, sign in SIGNS.items() if any(op in allowed_ops(spec) for spec in specs))
        yield from (value for value in attribute.values if any(value in spec.values for spec in specs))
    yield from (STEP, *NUMERALS.values(), "in", "at", "every", *(f":{unit}" for unit in UNITS))
    yield from (*HOURS, *MINUTES, *DAYS, *RECURRENCES)
