"""A device type and an area are added by YAML alone, and everything in this package knows them."""

from __future__ import annotations

import pytest
from hypothesis import given

from scenic_iot.command import Command, CommandError, parse
from scenic_iot.command.automaton import Automaton
from scenic_iot.command.spoken import confirm
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import PACKAGED, Catalogue, load_catalogue

from .strategies import commands

AREA = "  sauna: {zh: [桑拿房], en: [sauna]}\n"
ATTRIBUTE = """\
  bubbles:
    zh: [气泡]
    en: [bubbling]
    values: {gentle: {zh: [轻柔], en: [gentle]}, min: {zh: [最小], en: [least]}}
"""
DEVICE = """\
  hot_tub:
    zh: [浴缸, 按摩浴缸]
    en: [hot tub/hot tubs, jacuzzi]
    attributes:
      power: {values: [on, off]}
      temperature: {number: {min: 20, max: 42, unit: degree, decimals: 1}, step: true}
      bubbles: {values: [gentle, min], number: {min: 1, max: 12}, step: true, open: true}
      channel: {open: true}
      illuminance: {step: true}
"""


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    text = PACKAGED.read_text(encoding="utf-8")
    for section, addition in (("areas:\n", AREA), ("attributes:\n", ATTRIBUTE), ("devices:\n", DEVICE)):
        assert text.count(f"\n{section}") == 1
        text = text.replace(f"\n{section}", f"\n{section}{addition}")
    path = tmp_path_factory.mktemp("extended") / "catalogue.yaml"
    path.write_text(text, encoding="utf-8")
    return load_catalogue(path)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("hot_tub@sauna power=on", "好的，已打开桑拿房浴缸。", "OK, the sauna hot tub is on."),
        ("light@sauna power=off", "好的，已关闭桑拿房灯。", "OK, the sauna light is off."),
        (
            "light@all-sauna power=off",
            "好的，已关闭除桑拿房外的所有灯。",
            "OK, all the lights except in the sauna are off.",
        ),
        (
            "hot_tub temperature=37.5",
            "好的，已将浴缸温度调到37.5度。",
            "OK, the temperature of the hot tub is set to 37.5 degrees.",
        ),
        ("hot_tub bubbles=gentle", "好的，已将浴缸气泡设为轻柔。", "OK, the bubbling of the hot tub is set to gentle."),
        ("hot_tub bubbles=min", "好的，已将浴缸气泡调到最小。", "OK, the bubbling of the hot tub is set to least."),
        ("hot_tub bubbles=12", "好的，已将浴缸气泡调到12。", "OK, the bubbling of the hot tub is set to 12."),
        ("hot_tub bubbles-=step", "好的，已调低浴缸气泡。", "OK, the bubbling of the hot tub is turned down."),
        ("hot_tub bubbles?", "好的，正在查询浴缸的气泡。", "OK, checking the bubbling of the hot tub."),
        ("hot_tub illuminance+=step", "好的，已调高浴缸光照度。", "OK, the illuminance of the hot tub is turned up."),
    ],
)
def test_what_is_added_is_parsed_written_and_spoken(catalogue: Catalogue, text: str, zh: str, en: str) -> None:
    command = parse(text, catalogue)
    assert str(command) == text
    assert Command.from_json(command.to_json(), catalogue) == command
    assert confirm(command, "zh", catalogue=catalogue) == zh
    assert confirm(command, "en", catalogue=catalogue) == en
    symbols = Symbols(catalogue)
    ids = symbols.encode(command)
    assert symbols.decode(ids) == command
    assert Automaton(symbols, catalogue).accepts(ids)


def test_open_words_are_parsed_and_spoken(catalogue: Catalogue) -> None:
    command = parse("hot_tub bubbles=wild", catalogue)
    assert confirm(command, "en", catalogue=catalogue) == "OK, the bubbling of the hot tub is set to wild."


def test_the_packaged_catalogue_knows_none_of_it() -> None:
    for text in ("hot_tub power=on", "light@sauna power=on"):
        with pytest.raises(CommandError):
            parse(text)


def test_every_state_of_what_is_added_can_be_ended(catalogue: Catalogue) -> None:
    """An open attribute that lists no word, and one that can only be stepped, leave no dead ends."""
    symbols = Symbols(catalogue)
    automaton = Automaton(symbols, catalogue)
    seen, ahead = set(), [automaton.step(automaton.start(), symbols.ids["hot_tub"])]
    while ahead:
        state = ahead.pop()
        following = [automaton.step(state, token) for token in automaton.allowed(state)]
        assert following
        ahead += [after for after in following if after not in seen and after.actions == 1 and not after.places]
        seen.update(following)


def test_every_command_of_the_larger_catalogue(catalogue: Catalogue) -> None:
    symbols = Symbols(catalogue)
    automaton = Automaton(symbols, catalogue)

    @given(commands(catalogue))
    def survives(command: Command) -> None:
        assert parse(str(command), catalogue) == command
        assert symbols.decode(symbols.encode(command)) == command
        assert automaton.accepts(symbols.encode(command))

    survives()
