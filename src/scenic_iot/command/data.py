"""Commands as JSON values, checked as strictly as texts are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenic_iot.command.actions import OPS, REASONS, Action, Command
from scenic_iot.command.errors import CommandError
from scenic_iot.command.parse import parse
from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home

_KEYS = ("device", "area", "except", "attribute", "op", "value", "schedule")


def command_from_json(data: object, catalogue: Catalogue | None = None, home: Home | None = None) -> Command:
    """See `Command.from_json`. Positions of errors are places in the list of actions."""
    if isinstance(data, list):
        data = {"actions": data, "rejected": None}
    entries = _mapping(data, ("actions", "rejected"), 0)
    actions, rejected = entries["actions"], entries["rejected"]
    if not isinstance(actions, list) or not (rejected is None or rejected in REASONS):
        raise CommandError("wrong types", 0, ("a list of actions", "rejected: null", *REASONS))
    if bool(actions) == (rejected is not None):
        raise CommandError("neither actions nor a rejection, or both", 0, ("actions or a rejection",))
    read = Command(tuple(_action(action, at) for at, action in enumerate(actions)), rejected)
    for at, action in enumerate(read.actions):
        _check(action, at, catalogue, home)
    return read


def _action(data: object, at: int) -> Action:
    entries = _mapping(data, _KEYS, at)
    for key in _KEYS:
        value = entries[key]
        if key == "except":
            fits = isinstance(value, list) and all(isinstance(area, str) for area in value)
        else:
            fits = isinstance(value, str) or (value is None and key in ("area", "value", "schedule"))
        if not fits:
            raise CommandError(f"{key!r} has a wrong type: {type(value).__name__}", at, ("a string",))
    if entries["op"] not in OPS:
        raise CommandError(f"unknown op {entries['op']!r}", at, OPS)
    if (entries["op"] == "query") != (entries["value"] is None):
        raise CommandError("the value is null for a query, and only then", at)
    if entries["except"] and entries["area"] is None:
        raise CommandError("areas are left out of no area", at)
    excluded = tuple(entries.pop("except"))
    return Action(**entries, excluded=excluded)


def _check(action: Action, at: int, catalogue: Catalogue | None, home: Home | None) -> None:
    """The written action must parse, and to itself: no value may smuggle in other syntax."""
    try:
        parsed = parse(str(action), catalogue, home)
    except CommandError as error:
        raise CommandError(f"in {str(action)!r}: {error.message}", at, error.expected) from error
    if parsed.actions != (action,):
        raise CommandError(f"not in canonical form: {str(action)!r}", at, (str(parsed),))


def _mapping(data: object, keys: tuple[str, ...], at: int) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise CommandError(f"{type(data).__name__} instead of an object", at, ("an object",))
    if set(data) != set(keys):
        raise CommandError("missing or unknown keys", at, keys)
    return dict(data)
