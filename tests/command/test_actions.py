"""Commands as values and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from scenic_iot.command import Action, Command, CommandError, parse
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, HomeDevice

from .strategies import commands

TEXT = "light@all-bedroom power=off in 30m; lock state?"


def action_json(**changes: object) -> dict[str, Any]:
    return {**parse("light@kitchen power=on").actions[0].to_json(), **changes}


def test_json_has_every_key() -> None:
    assert parse(TEXT).to_json() == {
        "actions": [
            {
                "device": "light",
                "area": "all",
                "except": ["bedroom"],
                "attribute": "power",
                "op": "set",
                "value": "off",
                "schedule": "in 30m",
            },
            {
                "device": "lock",
                "area": None,
                "except": [],
                "attribute": "state",
                "op": "query",
                "value": None,
                "schedule": None,
            },
        ],
        "rejected": None,
    }
    assert parse("reject ambiguous").to_json() == {"actions": [], "rejected": "ambiguous"}


@given(commands(load_catalogue()))
def test_every_command_survives_json(command: Command) -> None:
    assert Command.from_json(json.loads(json.dumps(command.to_json()))) == command


def test_a_bare_list_of_actions_is_a_command() -> None:
    assert Command.from_json(parse(TEXT).to_json()["actions"]) == parse(TEXT)


def test_json_is_checked_against_a_home() -> None:
    home = Home({}, {"left_curtain": HomeDevice("left_curtain", "curtain")})
    data = parse("left_curtain position=open", home=home).to_json()
    assert Command.from_json(data, home=home).actions[0].device == "left_curtain"
    with pytest.raises(CommandError, match="unknown device"):
        Command.from_json(data)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "light power=on",
        [],
        {},
        {"actions": [], "rejected": None},
        {"actions": [], "rejected": "busy"},
        {"actions": [], "rejected": ["ambiguous"]},
        {"actions": {}, "rejected": None},
        {"actions": [action_json()], "rejected": "ambiguous"},
        {"actions": [action_json()], "rejected": None, "text": ""},
        [None],
        [{"device": "light"}],
        [action_json(extra=1)],
        [action_json(device="lamp")],
        [action_json(device=None)],
        [action_json(device="light@study")],
        [action_json(area="shed")],
        [action_json(area=3)],
        [action_json(area="kitchen-study")],
        [action_json(**{"except": "study"})],
        [action_json(**{"except": ["kitchen"]})],
        [action_json(**{"except": [1]})],
        [action_json(area=None, **{"except": ["study"]})],
        [action_json(attribute="volume")],
        [action_json(op="toggle")],
        [action_json(op=["set"])],
        [action_json(op="query")],
        [action_json(value=None)],
        [action_json(value=True)],
        [action_json(value="on; tv power=on")],
        [action_json(value="on in 5m")],
        [action_json(schedule="soon")],
        [action_json(schedule="")],
        [action_json(schedule="in  5m")],
        [action_json(), action_json(value="purple")],
    ],
)
def test_what_is_no_command_raises_the_one_error(data: object) -> None:
    with pytest.raises(CommandError):
        Command.from_json(data)


def test_an_error_names_the_action() -> None:
    with pytest.raises(CommandError) as raised:
        Command.from_json([action_json(), action_json(value="purple")])
    assert raised.value.position == 1


def test_a_command_has_actions_or_a_reason() -> None:
    with pytest.raises(ValueError, match="not both"):
        Command()
    with pytest.raises(ValueError, match="not both"):
        Command((Action("light", "power", "query"),), "ambiguous")


def test_commands_are_values() -> None:
    assert len({parse(TEXT), parse(TEXT), parse("reject ambiguous")}) == 2
