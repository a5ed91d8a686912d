"""Commands as rows of symbols."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenic_iot.command import Action, Command, CommandError, parse
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, HomeArea, HomeDevice

from .strategies import commands

CATALOGUE = load_catalogue()
SYMBOLS = Symbols(CATALOGUE)
NAMES, AREAS = ("left_curtain", "nattbord"), ("media_room", "kitchen")
HOME = Home(
    {"media_room": HomeArea("media_room", ("media room",))},
    {name: HomeDevice(name, kind) for name, kind in zip(NAMES, ("curtain", "outlet"), strict=True)},
)


def row(text: str, **context: tuple[str, ...]) -> list[str]:
    return [SYMBOLS.tokens[index] for index in SYMBOLS.encode(parse(text, home=HOME), **context)]


def test_the_vocabulary() -> None:
    assert SYMBOLS.tokens[:3] == ("<pad>", "<bos>", "<eos>")
    assert (SYMBOLS.pad, SYMBOLS.bos, SYMBOLS.eos) == (0, 1, 2)
    assert len(SYMBOLS) == len(SYMBOLS.tokens) == len(set(SYMBOLS.tokens))
    assert Symbols(CATALOGUE).tokens == SYMBOLS.tokens
    assert {
        "light",
        "@all",
        "-kitchen",
        "power=",
        "brightness+=",
        "CCTV-1",
        "00:",
        ":59",
        "#4",
        "@#3",
    } <= SYMBOLS.ids.keys()
    assert not {"power+=", "-all", "#5", "@#4", "air_quality="} & SYMBOLS.ids.keys()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("light@all-bedroom power=off", "light @all -bedroom power= off"),
        ("fridge temperature=-18.5", "fridge temperature= neg 1 8 . 5"),
        ("light brightness-=10%", "light brightness-= 1 0 %"),
        ("tv volume=20", "tv volume= 2 0 %"),
        ("fan mode=sleep in 1h30m", "fan mode= sleep in 1 :h 3 0 :m"),
        (
            "lock state?; light power=on at mon 07:05 every day",
            "lock state? ; light power= on at mon 07: :05 every day",
        ),
    ],
)
def test_rows(text: str, tokens: str) -> None:
    assert row(text) == [*tokens.split(), "<eos>"]


def test_placeholders() -> None:
    tokens = row("nattbord power=on; light@media_room-kitchen power=on", names=NAMES, areas=AREAS)
    assert tokens == ["#2", "power=", "on", ";", "light", "@#1", "-#2", "power=", "on", "<eos>"]


@given(commands(CATALOGUE))
def test_every_command_survives_its_row(command: Command) -> None:
    assert SYMBOLS.decode(SYMBOLS.encode(command)) == command


@given(commands(CATALOGUE, HOME))
def test_every_command_of_a_home_survives_its_row(command: Command) -> None:
    assert SYMBOLS.decode(SYMBOLS.encode(command, NAMES, AREAS), NAMES, AREAS) == command


@given(commands(CATALOGUE), st.integers(0, 3))
def test_beginning_and_padding_are_passed_over(command: Command, pads: int) -> None:
    assert SYMBOLS.decode([SYMBOLS.bos, *SYMBOLS.encode(command), *[SYMBOLS.pad] * pads]) == command


@given(st.lists(st.integers(-1, len(SYMBOLS))))
def test_any_row_decodes_or_raises_the_one_error(ids: list[int]) -> None:
    try:
        command = SYMBOLS.decode(ids, NAMES)
    except CommandError:
        return
    assert str(command)


@given(commands(CATALOGUE), st.data())
def test_a_damaged_row_decodes_or_raises_the_one_error(command: Command, data: st.DataObject) -> None:
    ids = SYMBOLS.encode(command)
    ids[data.draw(st.integers(0, len(ids) - 1))] = data.draw(st.integers(0, len(SYMBOLS) - 1))
    try:
        decoded = SYMBOLS.decode(ids)
    except CommandError:
        return
    assert str(decoded)


@pytest.mark.parametrize(
    "tokens",
    [
        "",
        ";",
        "light power= on ;",
        "light power=",
        "on",
        "light power= on on",
        "#1 power= on",
        "light in",
        "light @#1 power?",
    ],
)
def test_rows_that_are_no_command(tokens: str) -> None:
    with pytest.raises(CommandError):
        SYMBOLS.decode([SYMBOLS.ids[token] for token in tokens.split()])


@pytest.mark.parametrize(
    "action",
    [
        Action("lamp", "power", "set", "on"),
        Action("tv", "channel", "set", "Eurosport"),
        Action("light", "power", "set", "on", "shed"),
        Action("light", "power", "increase", "step"),
    ],
)
def test_what_has_no_symbol_cannot_be_encoded(action: Action) -> None:
    with pytest.raises(CommandError, match="no symbol"):
        SYMBOLS.encode(Command((action,)))


def test_an_area_left_out_twice_is_left_out_once() -> None:
    ids = [SYMBOLS.ids[token] for token in ("light", "@all", "-#1", "-kitchen", "power=", "on")]
    assert str(SYMBOLS.decode(ids, areas=("kitchen",))) == "light@all-kitchen power=on"
