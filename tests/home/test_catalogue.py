"""The packaged catalogue, and mistakes in others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scenic_iot.home.catalogue import PACKAGED, CatalogueError, NumberSpec, forms, load_catalogue

SMALL = """\
version: 1
areas:
  kitchen: {zh: [厨房], en: [kitchen, galley]}
attributes:
  power: {en: [power], values: {on: {en: [on]}, off: {en: [off]}}}
  heat:
    en: [heat]
    values:
      min: {en: [lowest]}
devices:
  stove:
    en: [stove/stoves]
    harmful: {power: [on]}
    attributes:
      power: {values: [on, off]}
      heat: {number: {min: 0, max: 9}, values: [min], step: true}
"""


def test_the_packaged_catalogue() -> None:
    catalogue = load_catalogue()
    assert load_catalogue() is catalogue
    assert load_catalogue(PACKAGED) == catalogue
    light = catalogue.devices["light"]
    assert light.attributes["power"].values == ("on", "off")
    assert light.attributes["brightness"].number == NumberSpec(0, 100, "%")
    assert light.names["en"][0] == "light/lights"
    assert catalogue.devices["tv"].attributes["volume"].number == NumberSpec(0, 100, "%", unit_optional=True)
    assert catalogue.devices["climate"].attributes["temperature"].number == NumberSpec(5, 99, "degree", decimals=1)
    assert catalogue.devices["tv"].attributes["source"].open
    assert catalogue.devices["sensor"].attributes["humidity"].ask_only
    assert catalogue.devices["lock"].harmful == {"state": ("unlocked",)}
    assert not catalogue.devices["vacuum"].whole_home
    assert catalogue.areas["upstairs"].where == {"en": ("upstairs",)}
    assert catalogue.attributes["fan_speed"].values.keys() >= {"min", "max", "low", "auto"}  # two of them by a merge


def test_everything_has_a_name_in_every_language() -> None:
    catalogue = load_catalogue()
    named = [area.names for area in catalogue.areas.values()]
    named += [device.names for device in catalogue.devices.values()]
    for attribute in catalogue.attributes.values():
        named += [attribute.names, *attribute.values.values()]
    assert all(set(names) == set(catalogue.languages) for names in named)


def test_every_attribute_is_used() -> None:
    catalogue = load_catalogue()
    assert {name for device in catalogue.devices.values() for name in device.attributes} == set(catalogue.attributes)


def test_forms() -> None:
    assert forms("light/lights") == ("light", "lights")
    assert forms("drapes") == ("drapes", "drapes")


def test_a_small_catalogue(tmp_path: Path) -> None:
    catalogue = load_catalogue(write(tmp_path, SMALL))
    assert catalogue.devices["stove"].attributes["heat"].number == NumberSpec(0, 9)
    assert catalogue.attributes["power"].values["on"] == {"en": ("on",)}  # no quotes needed
    assert catalogue.areas["kitchen"].names == {"zh": ("厨房",), "en": ("kitchen", "galley")}


def test_languages_can_be_declared(tmp_path: Path) -> None:
    text = "languages: [en, zh, de]\n" + SMALL.replace("en: [kitchen,", "de: [Küche], en: [kitchen,")
    assert load_catalogue(write(tmp_path, text)).areas["kitchen"].names["de"] == ("Küche",)


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ("version: 1", "version: 2", "1: version", "version 1"),
        ("version: 1", "colour: 1", "1: colour", "unknown field"),
        ("version: 1\n", "", "1: ", "'version' is missing"),
        ("zh: [厨房], en", "zh: [厨房], fr", "3: areas.kitchen.fr", "unknown field"),
        ("[厨房]", "厨房", "3: areas.kitchen.zh", "expected a list"),
        ("[厨房]", "[1]", "3: areas.kitchen.zh[0]", "expected text, found a number"),
        ("[厨房]", "[~]", "3: areas.kitchen.zh[0]", "expected text"),
        ("[厨房]", "[]", "3: areas.kitchen.zh", "needs a name"),
        ("[厨房]", "['…']", "3: areas.kitchen.zh[0]", "no name"),
        ("[厨房]", "[{a: b}]", "3: areas.kitchen.zh[0]", "found a mapping"),
        ("galley", "kitchen", "3: areas.kitchen.en[1]", "given twice"),
        ("  kitchen: {", "  Kitchen: {", "3: areas.Kitchen", "an id is"),
        ("  kitchen: {", "  every: {", "3: areas.every", "an id is"),
        ("  kitchen: {", "  all: {", "3: areas.all", "stands for every area"),
        ("  kitchen: {", "  1: {", "3: areas", "expected text, found a number"),
        (
            "attributes:\n  power",
            "  galley: {en: [Galley]}\nattributes:\n  power",
            "4: areas.galley.en",
            "already a name of areas.kitchen",
        ),
        (
            "attributes:\n  power",
            "  kitchen: {}\nattributes:\n  power",
            "4: areas.kitchen",
            "given twice, first in line 3",
        ),
        ("en: [power], ", "", "5: attributes.power", "needs names"),
        ("on: {en: [on]}", "12: {en: [on]}", "5: attributes.power.values", "found a number"),
        ("on: {en: [on]}", "'12': {en: [on]}", "5: attributes.power.values.12", "a letter"),
        ("on: {en: [on]}", "step: {en: [on]}", "5: attributes.power.values.step", "no word of the grammar"),
        ("on: {en: [on]}", "a b: {en: [on]}", "5: attributes.power.values.a b", "a value is"),
        ("off: {en: [off]}", "off: {en: [on]}", "5: attributes.power.values.off.en", "already a name of"),
        ("      min: {en: [lowest]}", "      min: lowest", "9: attributes.heat.values.min", "expected a mapping"),
        ("harmful: {power: [on]}", "harmful: {power: [red]}", "13: devices.stove.harmful.power", "no value of it here"),
        ("harmful: {power: [on]}", "harmful: {heat2: [on]}", "13: devices.stove.harmful.heat2", "no such attribute"),
        ("harmful: {power: [on]}", "whole_home: on", "13: devices.stove.whole_home", "expected true or false"),
        (
            "harmful: {power: [on]}",
            "whole_house: true",
            "13: devices.stove.whole_house",
            "unknown field (did you mean 'whole_home'?)",
        ),
        (
            "[on, off]}",
            "[on, of]}",
            "15: devices.stove.attributes.power.values[1]",
            "no value of power (did you mean 'off'?)",
        ),
        ("[on, off]}", "[on, on]}", "15: devices.stove.attributes.power.values[1]", "given twice"),
        ("{values: [on, off]}", "{}", "15: devices.stove.attributes.power", "needs values"),
        ("[on, off]}", "[on, off], ask_only: true}", "15: devices.stove.attributes.power", "needs values"),
        (
            "heat: {number",
            "heet: {number",
            "16: devices.stove.attributes.heet",
            "unknown attribute (did you mean 'heat'?)",
        ),
        ("max: 9}", "max: nine}", "16: devices.stove.attributes.heat.number.max", "expected a number"),
        ("max: 9}", "max: .inf}", "16: devices.stove.attributes.heat.number.max", "expected a plain number"),
        ("max: 9}", "max: 9.5}", "16: devices.stove.attributes.heat.number.max", "expected a whole number"),
        ("max: 9}", "max: 10000}", "16: devices.stove.attributes.heat.number.max", "up to 9999"),
        ("max: 9}", "max: 0}", "16: devices.stove.attributes.heat.number.max", "more than min"),
        ("max: 9}", "max: 9, unit: litre}", "16: devices.stove.attributes.heat.number.unit", "unknown unit"),
        ("max: 9}", "max: 9, decimals: 2}", "16: devices.stove.attributes.heat.number.decimals", "up to 1"),
        (", max: 9}", "}", "16: devices.stove.attributes.heat.number", "'max' is missing"),
        ("step: true", "step: 1", "16: devices.stove.attributes.heat.step", "expected true or false"),
    ],
)
def test_mistakes_are_named_with_file_line_and_field(
    tmp_path: Path, old: str, new: str, where: str, message: str
) -> None:
    assert old in SMALL
    path = write(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(CatalogueError, match=re.escape(message)) as raised:
        load_catalogue(path)
    error = raised.value
    assert (error.file, f"{error.line}: {error.field}") == (str(path), where)
    assert str(error).startswith(f"{path}:{where}")


@pytest.mark.parametrize(("old", "new"), [("galley]", "galley"), ("areas:", "areas: ["), ("  kitchen:", "\tkitchen:")])
def test_broken_yaml_is_named_with_file_and_line(tmp_path: Path, old: str, new: str) -> None:
    path = write(tmp_path, SMALL.replace(old, new, 1))
    with pytest.raises(CatalogueError, match="not YAML") as raised:
        load_catalogue(path)
    assert 2 <= raised.value.line <= 4
    assert raised.value.field == ""


def write(folder: Path, text: str) -> Path:
    path = folder / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    return path
