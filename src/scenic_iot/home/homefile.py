"""The home file: what one household has, in its owner's own words.

areas:
  living_room: {names: [客厅, lounge]}          # an area of the catalogue gets more names, or a new area is made
devices:
  left_curtain: {type: curtain, area: living_room, names: [左侧窗帘, left curtain]}
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from scenic_iot.home.catalogue import ALL_AREAS, RESERVED, Catalogue, load_catalogue
from scenic_iot.home.yamlfile import Field, FileError, read_yaml, suggestion

_IDENTIFIER = re.compile(r"[a-z0-9_]+")


class HomeError(FileError):
    """A mistake in a home file, with `file`, `line`, `field` and `message`."""


@dataclass(frozen=True, slots=True)
class HomeArea:
    """An area that the home file names: one of the catalogue, whose names these add to, or a new one."""

    id: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HomeDevice:
    """One device. With no names it is reached by its type and area alone."""

    id: str
    type: str
    area: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Home:
    """What there is, by id, in the order of the file. Areas of the catalogue that it does not mention exist too."""

    areas: dict[str, HomeArea] = field(default_factory=dict)
    devices: dict[str, HomeDevice] = field(default_factory=dict)

    @cached_property
    def places(self) -> frozenset[tuple[str, str | None]]:
        """Every (type, area) that some device has, and (type, None) for every type."""
        devices = self.devices.values()
        return frozenset((d.type, area) for d in devices for area in (d.area, None))

    def has(self, device_type: str, area: str | None = None) -> bool:
        """Whether there is a device of this type, in this area if one is given."""
        return (device_type, None if area == ALL_AREAS else area) in self.places


def load_home(path: Path, catalogue: Catalogue | None = None) -> Home:
    """Read a home file for a catalogue (None: the packaged one). Raises HomeError."""
    root = read_yaml(Path(path), HomeError).fields(("areas", "devices"))
    reader = _Reader(catalogue or load_catalogue())
    areas = {key: reader.area(key, entry) for key, entry in _entries(root.get("areas")).items()}
    devices = {key: reader.device(key, entry, areas) for key, entry in _entries(root.get("devices")).items()}
    return Home(areas, devices)


def fold(name: str) -> str:
    """A name as names are compared: without regard to case, width and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _entries(section: Field | None) -> dict[str, Field]:
    return {} if section is None or section.is_empty() else section.items()


class _Reader:
    """Reads entries, remembering which names are taken by which id."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        areas = catalogue.areas.values()
        self.area_names = {fold(name): (a.id, 0) for a in areas for names in a.names.values() for name in names}
        self.names: dict[str, tuple[str, int]] = {}  # folded name -> id and line

    def area(self, key: str, entry: Field) -> HomeArea:
        _identifier(key, entry)
        known = key in self.catalogue.areas
        if key == ALL_AREAS or key in self.catalogue.devices:
            raise entry.fail(f"{key!r} has a meaning already: choose another id")
        if known and entry.is_empty():
            return HomeArea(key)
        names = self.new_names(key, entry.fields(("names",)))
        for name in names:
            owner, _ = self.area_names.setdefault(fold(name), (key, entry.line))
            if owner != key:
                raise entry.fail(f"{name!r} is a name of the area {owner}")
        if not known and not names:
            raise entry.fail("a new area needs names")
        return HomeArea(key, names)

    def device(self, key: str, entry: Field, areas: dict[str, HomeArea]) -> HomeDevice:
        _identifier(key, entry)
        if key in self.catalogue.devices or key in self.catalogue.areas or key in areas:
            raise entry.fail(f"{key!r} is the id of a device type or an area: choose another")
        fields = entry.fields(("type", "area", "names"), required=("type",))
        kind = fields["type"].text()
        if kind not in self.catalogue.devices:
            raise fields["type"].fail(f"unknown device type {kind!r}{suggestion(kind, self.catalogue.devices)}")
        area = fields["area"].text() if "area" in fields and not fields["area"].is_empty() else None
        known = (*self.catalogue.areas, *areas)
        if area is not None and area not in known:
            raise fields["area"].fail(f"unknown area {area!r}{suggestion(area, known)}")
        return HomeDevice(key, kind, area, self.new_names(key, fields))

    def new_names(self, key: str, fields: dict[str, Field]) -> tuple[str, ...]:
        """The names of an area or device, none of which the file gave before."""
        if "names" not in fields:
            return ()
        names = tuple(" ".join(element.text().split()) for element in fields["names"].sequence())
        for name, element in zip(names, fields["names"].sequence(), strict=True):
            if not any(map(str.isalnum, name)):
                raise element.fail(f"{name!r} is no name: it needs a letter or a digit")
            if fold(name) in self.names:
                owner, line = self.names[fold(name)]
                raise element.fail(f"{name!r} is a name of {owner} already (line {line})")
            self.names[fold(name)] = key, element.line
        return names


def _identifier(key: str, entry: Field) -> None:
    if not _IDENTIFIER.fullmatch(key) or key in RESERVED:
        raise entry.fail("an id is a-z, 0-9 and _, and no word of the grammar")
