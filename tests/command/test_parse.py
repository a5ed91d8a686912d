"""Texts to commands and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenic_iot.command import Action, Command, CommandError, parse
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, HomeArea, HomeDevice

from .strategies import commands

CATALOGUE = load_catalogue()
HOME = Home(
    {"media_room": HomeArea("media_room", ("media room",)), "kitchen": HomeArea("kitchen", ("galley",))},
    {
        "left_curtain": HomeDevice("left_curtain", "curtain", "media_room", ("left curtain",)),
        "nattbord": HomeDevice("nattbord", "outlet", "bedroom", ("nattbord",)),
        "1st_lamp": HomeDevice("1st_lamp", "light"),
    },
)
ALPHABET = st.sampled_from([*"@=+-?%;.:0123456789 ", "light", "power", "on", " in ", " at ", "step", "reject", "every"])


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("light@living_room power=off", [Action("light", "power", "set", "off", "living_room")]),
        ("light@study brightness+=step", [Action("light", "brightness", "increase", "step", "study")]),
        ("climate temperature+=2", [Action("climate", "temperature", "increase", "2")]),
        ("climate temperature=26.5", [Action("climate", "temperature", "set", "26.5")]),
        ("fridge temperature=-18", [Action("fridge", "temperature", "set", "-18")]),
        ("climate power=off in 30m", [Action("climate", "power", "set", "off", schedule="in 30m")]),
        ("light@all-bedroom power=off", [Action("light", "power", "set", "off", "all", ("bedroom",))]),
        ("lock state?", [Action("lock", "state", "query")]),
        ("tv volume=20", [Action("tv", "volume", "set", "20")]),
        ("tv volume=20%", [Action("tv", "volume", "set", "20%")]),
        ("tv channel=CCTV-1", [Action("tv", "channel", "set", "CCTV-1")]),
        ("tv channel=Eurosport.2", [Action("tv", "channel", "set", "Eurosport.2")]),
        ("vacuum@all task=clean", [Action("vacuum", "task", "set", "clean", "all")]),
        (
            "curtain position=closed; tv source=HDMI2 at tomorrow 07:05 every weekday",
            [
                Action("curtain", "position", "set", "closed"),
                Action("tv", "source", "set", "HDMI2", schedule="at tomorrow 07:05 every weekday"),
            ],
        ),
    ],
)
def test_canonical_text(text: str, actions: list[Action]) -> None:
    command = parse(text)
    assert command == Command(tuple(actions))
    assert str(command) == text
    assert parse(text.encode()) == command


@given(commands(CATALOGUE))
def test_every_command_survives_its_text(command: Command) -> None:
    assert parse(str(command)) == command


@given(commands(CATALOGUE, HOME))
def test_every_command_of_a_home_survives_its_text(command: Command) -> None:
    assert parse(str(command), home=HOME) == command


@given(commands(CATALOGUE), st.sampled_from([" ", "\t", "\n", "  "]))
def test_surplus_space_is_accepted(command: Command, space: str) -> None:
    spaced = space + str(command).replace(" ", space).replace(";", f"{space};") + space
    assert parse(spaced) == command


@given(st.text() | st.binary() | st.lists(ALPHABET).map("".join))
def test_any_text_parses_or_raises_the_one_error(text: str | bytes) -> None:
    check(text)


@given(commands(CATALOGUE), st.data())
def test_a_damaged_command_parses_or_raises_the_one_error(command: Command, data: st.DataObject) -> None:
    text = str(command)
    at = data.draw(st.integers(0, len(text)))
    check(text[:at] + data.draw(st.text(max_size=2)) + text[at + data.draw(st.integers(0, 2)) :])


def check(text: str | bytes) -> None:
    """The text either is a command, with a canonical form, or raises an error that says where."""
    found: Command | CommandError
    try:
        found = parse(text)
    except CommandError as error:
        found = error
    if isinstance(found, Command):
        assert parse(str(found)) == found
    else:
        assert 0 <= found.position <= len(text)
        assert found.message


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 0, "light"),
        ("ligth power=on", 0, "light"),
        ("light", 5, "a space"),
        ("light@", 6, "all"),
        ("light@shed power=on", 6, "kitchen"),
        ("light@kitchen-all power=on", 14, "bedroom"),
        ("light@kitchen-kitchen power=on", 14, "bedroom"),
        ("light@all-study-study power=on", 16, "bedroom"),
        ("light temperature=20", 6, "brightness"),
        ("light power", 11, "="),
        ("light power+=step", 11, "="),
        ("light power=", 12, "on"),
        ("light power=On", 12, "on"),
        ("light brightness=101%", 17, "a whole number from 0% to 100%"),
        ("light brightness=50", 17, "a whole number from 0% to 100%"),
        ("light brightness=050%", 17, "a whole number from 0% to 100%"),
        ("light brightness=5.5%", 17, "a whole number from 0% to 100%"),
        ("light brightness=-0%", 17, "a whole number from 0% to 100%"),
        ("light brightness+=0%", 18, "a whole number from 1% to 100%"),
        ("climate temperature=1000", 20, "a number from 5 to 99"),
        ("climate temperature=26.0", 20, "a number from 5 to 99"),
        ("climate temperature=26%", 20, "a number from 5 to 99"),
        ("climate fan_speed+=2", 19, "step"),
        ("sensor temperature=20", 18, "?"),
        ("tv channel=05", 11, "another word"),
        ("tv channel=a/b", 11, "another word"),
        ("lock state?x", 11, "the end"),
        ("lock state? in 5m", 12, "the end"),
        ("light power=on soon", 15, "in"),
        ("light power=on in", 17, "a duration like 90s, 30m or 1h30m"),
        ("light power=on in 30m1h", 18, "a duration like 90s, 30m or 1h30m"),
        ("light power=on in 0m", 18, "a duration like 90s, 30m or 1h30m"),
        ("light power=on in 10000s", 18, "a duration like 90s, 30m or 1h30m"),
        ("light power=on at 24:00", 18, "a time from 00:00 to 23:59"),
        ("light power=on at 7:00", 18, "a time from 00:00 to 23:59"),
        ("light power=on at 07:00 every hour", 30, "day"),
        ("light power=on at 07:00 every", 29, "day"),
        ("light power=on in 5m in 5m", 21, ";"),
        ("light power=on;", 15, "light"),
        ("reject", 6, "a space"),
        ("reject maybe", 7, "ambiguous"),
        ("reject ambiguous; light power=on", 16, "the end"),
        ("light power=on; reject ambiguous", 16, "light"),
        ("nattbord power=on", 0, "light"),
        (b"light power=\xff", 12, "UTF-8 text"),
    ],
)
def test_errors_name_the_position_and_what_was_expected(text: str | bytes, position: int, expected: str) -> None:
    with pytest.raises(CommandError) as raised:
        parse(text)
    assert raised.value.position == position
    assert expected in raised.value.expected
    assert str(raised.value).startswith(f"at {position}: ")


def test_an_error_suggests_the_nearest_word() -> None:
    with pytest.raises(CommandError, match="did you mean 'purple'"):
        parse("light color=purpel")


def test_a_home_adds_its_devices_and_areas() -> None:
    assert parse("left_curtain position=50%", home=HOME).actions[0].device == "left_curtain"
    assert parse("light@all-media_room power=on", home=HOME).actions[0].excluded == ("media_room",)
    with pytest.raises(CommandError, match="named device"):
        parse("left_curtain@kitchen position=open", home=HOME)
    with pytest.raises(CommandError, match="unknown attribute"):
        parse("left_curtain power=on", home=HOME)
    with pytest.raises(CommandError, match="which the catalogue lacks"):
        parse("spa power=on", home=Home({}, {"spa": HomeDevice("spa", "hot_tub")}))


def test_long_garbage_is_refused_quickly() -> None:
    for text in (
        "light@" * 50_000,
        "9" * 200_000,
        "light power=" + "x" * 200_000,
        "light power=on in " + "9m" * 100_000,
    ):
        with pytest.raises(CommandError) as raised:
            parse(text)
        assert len(str(raised.value)) < 1000
