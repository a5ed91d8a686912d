"""The catalogue: which devices, attributes, values and areas there are, and what each is called.

Everything else (the grammar of decoding, the generated data, the confirmations) follows from it, so a device type or
an area is added by editing YAML alone. `catalogue.yaml` beside this file is the packaged one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from scenic_iot.home.yamlfile import Field, FileError, read_yaml, suggestion

PACKAGED = Path(__file__).with_name("catalogue.yaml")
VERSION = 1
ALL_AREAS = "all"  # `@all` is every area; no area may be called so
RESERVED = frozenset({"at", "every", "in", "neg", "reject", "step"})  # words of the grammar itself

LANGUAGES = ("zh", "en")  # where a catalogue names none itself
LARGEST = 9999  # the largest number that an attribute may take, and the smallest but for its sign
UNITS = ("", "%", "degree", "kelvin")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_VALUE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_.-]*")  # a letter somewhere: never to be taken for a number

Names = dict[str, tuple[str, ...]]  # language -> names, the one that is spoken back first


class CatalogueError(FileError):
    """A mistake in a catalogue, with `file`, `line`, `field` and `message`."""


@dataclass(frozen=True, slots=True)
class Area:
    """A place. `where`, by language, stands in for "in the NAME" ("upstairs", "on the balcony") where given."""

    id: str
    names: Names
    where: Names


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property that devices have, and the names of its closed values: value id -> language -> names."""

    id: str
    names: Names
    values: dict[str, Names]


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """The numbers that an attribute takes, ends included."""

    min: int
    max: int
    unit: str = ""
    """What is counted: "%", "degree", "kelvin" or nothing. Only "%" is written in a command: see `suffix`."""
    unit_optional: bool = False
    """The suffix may be left out ("volume=20"); the canonical form has it."""

    decimals: int = 0
    """Digits allowed after the point: 0, or 1 for numbers like 26.5."""

    @property
    def suffix(self) -> str:
        """What a command writes after the number: "%" or nothing."""
        return "%" if self.unit == "%" else ""


@dataclass(frozen=True, slots=True)
class AttributeSpec:
    """What one device type allows of one attribute. Every attribute can be asked with `?`."""

    values: tuple[str, ...] = ()
    """The closed values. `min` and `max` are among them where the ends of the range can be named."""
    number: NumberSpec | None = None
    """The numbers it can be set to; with `step`, also what it can be changed by."""
    step: bool = False
    """`+=` and `-=` are allowed: by `step`, and by an amount when there is a `number`."""
    open: bool = False
    """Words that are not listed are allowed too."""
    ask_only: bool = False
    """`?` and nothing else."""


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A kind of device. English names may be "singular/plural": see `forms`."""

    id: str
    names: Names
    attributes: dict[str, AttributeSpec]
    whole_home: bool = True
    """False: there is one for the home, and "all the ..." names no area."""
    harmful: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Values, by attribute, that are only set when said outright."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything by its id, in the order of the file."""

    areas: dict[str, Area]
    attributes: dict[str, Attribute]
    devices: dict[str, DeviceType]
    languages: tuple[str, ...] = LANGUAGES


def forms(name: str) -> tuple[str, str]:
    """Singular and plural of a noun of the catalogue: "light/lights" -> ("light", "lights"), "灯" -> ("灯", "灯")."""
    singular, _, plural = name.partition("/")
    return singular, plural or singular


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read a catalogue; None is the packaged one, read once. Raises CatalogueError."""
    return _packaged() if path is None else _read(Path(path))


@lru_cache(maxsize=1)
def _packaged() -> Catalogue:
    return _read(PACKAGED)


def _read(path: Path) -> Catalogue:
    sections = ("areas", "attributes", "devices")
    root = read_yaml(path, CatalogueError).fields(("version", "languages", *sections), required=("version", *sections))
    if root["version"].number() != VERSION:
        raise root["version"].fail(f"this software reads version {VERSION}")
    languages = root["languages"].words() if "languages" in root else LANGUAGES
    reader = _Reader(languages)
    areas = {key: reader.area(key, entry) for key, entry in root["areas"].items().items()}
    attributes = {key: reader.attribute(key, entry) for key, entry in root["attributes"].items().items()}
    devices = {key: reader.device(key, entry, attributes) for key, entry in root["devices"].items().items()}
    return Catalogue(areas, attributes, devices, languages)


class _Reader:
    """Reads entries, remembering which names are taken."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages
        self.taken: dict[tuple[str, str, str], Field] = {}  # (scope, language, folded name) -> where it was first given

    def area(self, key: str, entry: Field) -> Area:
        self.identifier(key, entry)
        if key == ALL_AREAS:
            raise entry.fail(f"{ALL_AREAS!r} stands for every area and cannot be one")
        fields = entry.fields((*self.languages, "where"))
        where = fields["where"].fields(self.languages) if "where" in fields else {}
        return Area(key, self.names(entry, fields, "areas"), {lang: texts(at) for lang, at in where.items()})

    def attribute(self, key: str, entry: Field) -> Attribute:
        self.identifier(key, entry)
        fields = entry.fields((*self.languages, "values"))
        values = fields["values"].items() if "values" in fields else {}
        for value, at in values.items():
            if not _VALUE.fullmatch(value) or value in RESERVED:
                raise at.fail("a value is letters, digits and _.- with a letter among them, and no word of the grammar")
        named = {v: self.names(at, at.fields(self.languages), f"{key} values") for v, at in values.items()}
        return Attribute(key, self.names(entry, fields, f"attribute {key}"), named)

    def device(self, key: str, entry: Field, attributes: dict[str, Attribute]) -> DeviceType:
        self.identifier(key, entry)
        fields = entry.fields((*self.languages, "attributes", "whole_home", "harmful"), required=("attributes",))
        specs: dict[str, AttributeSpec] = {}
        for name, at in fields["attributes"].items().items():
            if name not in attributes:
                raise at.fail(f"unknown attribute{suggestion(name, attributes)}")
            specs[name] = _spec(at, attributes[name])
            for lang, names in attributes[name].names.items():
                self.claim(names, f"{key} attributes", lang, at)
        if not specs:
            raise fields["attributes"].fail("a device needs an attribute")
        whole_home = fields["whole_home"].flag() if "whole_home" in fields else True
        harmful = _harmful(fields["harmful"], specs) if "harmful" in fields else {}
        return DeviceType(key, self.names(entry, fields, "devices"), specs, whole_home, harmful)

    def identifier(self, key: str, entry: Field) -> None:
        if not _IDENTIFIER.fullmatch(key) or key in RESERVED:
            raise entry.fail("an id is a-z, 0-9 and _, begins with a letter and is no word of the grammar")

    def names(self, entry: Field, fields: dict[str, Field], scope: str) -> Names:
        """The names by language; each may stand once in its scope."""
        names = {lang: texts(fields[lang]) for lang in self.languages if lang in fields}
        if not names:
            raise entry.fail(f"needs names in one of the languages {', '.join(self.languages)}")
        for lang, given in names.items():
            self.claim(given, scope, lang, fields[lang])
        return names

    def claim(self, names: tuple[str, ...], scope: str, lang: str, at: Field) -> None:
        """Note that these names are taken, each once in its scope."""
        for name in (form for noun in names for form in forms(noun)):
            first = self.taken.setdefault((scope, lang, name.casefold()), at)
            if first is not at:
                raise at.fail(f"{name!r} is already a name of {first.path} (line {first.line})")


def texts(at: Field) -> tuple[str, ...]:
    """A list of one or more names, each with something in it and none twice."""
    names = at.words()
    if not names:
        raise at.fail("needs a name")
    for name, element in zip(names, at.sequence(), strict=True):
        if not any(map(str.isalnum, name)) or name != name.strip():
            raise element.fail(f"{name!r} is no name: it needs a letter or a digit, and no space around it")
    return names


def _spec(entry: Field, attribute: Attribute) -> AttributeSpec:
    fields = entry.fields(("values", "number", "step", "open", "ask_only"))
    values = fields["values"].words() if "values" in fields else ()
    _known(values, fields.get("values", entry), attribute)
    flags = {name: fields[name].flag() for name in ("step", "open", "ask_only") if name in fields}
    spec = AttributeSpec(values, _number(fields["number"]) if "number" in fields else None, **flags)
    if spec.ask_only == bool(values or spec.number or spec.step or spec.open):
        raise entry.fail("needs values, a number, step or open; or else ask_only, and then none of them")
    return spec


def _known(values: tuple[str, ...], at: Field, attribute: Attribute) -> None:
    for value, element in zip(values, at.sequence() if values else [], strict=True):
        if value not in attribute.values:
            raise element.fail(f"{value!r} is no value of {attribute.id}{suggestion(value, attribute.values)}")


def _number(entry: Field) -> NumberSpec:
    fields = entry.fields(("min", "max", "unit", "unit_optional", "decimals"), required=("min", "max"))
    low, high = (_whole(fields[name], LARGEST) for name in ("min", "max"))
    if low >= high:
        raise fields["max"].fail(f"must be more than min, which is {low}")
    unit = fields["unit"].text() if "unit" in fields else ""
    if unit not in UNITS:
        raise fields["unit"].fail(f"unknown unit {unit!r}; there are {', '.join(filter(None, UNITS))}")
    optional = fields["unit_optional"].flag() if "unit_optional" in fields else False
    decimals = abs(_whole(fields["decimals"], 1)) if "decimals" in fields else 0
    return NumberSpec(low, high, unit, optional, decimals)


def _whole(entry: Field, largest: int) -> int:
    value = entry.number()
    if not value.is_integer() or abs(value) > largest:
        raise entry.fail(f"expected a whole number up to {largest}, found {value:g}")
    return int(value)


def _harmful(entry: Field, specs: dict[str, AttributeSpec]) -> dict[str, tuple[str, ...]]:
    harmful = {}
    for name, at in entry.items().items():
        if name not in specs:
            raise at.fail(f"this device has no such attribute{suggestion(name, specs)}")
        harmful[name] = at.words()
        for value in harmful[name]:
            if value not in specs[name].values:
                raise at.fail(f"{value!r} is no value of it here{suggestion(value, specs[name].values)}")
    return harmful
