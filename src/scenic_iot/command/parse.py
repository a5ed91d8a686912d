"""From a text to a command.

The canonical form is what `str(command)` writes. Beyond it, only surplus white space is accepted: around the text,
between the words, and around ";". Devices, areas, attributes and values are those of the catalogue, and where a home
is given its named devices and its areas too. What a home lacks is not refused here: that is a decision, not a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NoReturn

from scenic_iot.command.actions import REASONS, SIGNS, Action, Command, Op
from scenic_iot.command.errors import CommandError, quote
from scenic_iot.command.schedule import read_schedule
from scenic_iot.command.values import allowed_ops, check_value
from scenic_iot.home.catalogue import ALL_AREAS, Catalogue, DeviceType, load_catalogue
from scenic_iot.home.homefile import Home
from scenic_iot.home.yamlfile import suggestion

__all__ = ["CommandError", "parse"]

_ID = re.compile(r"[a-z0-9_]+")
_SPACE = re.compile(r"[ \t\r\n]*")
_SIGN = re.compile(r"\+=|-=|=|\?")
_VALUE = re.compile(r"[^ \t\r\n;]*")
_OPS: dict[str, Op] = {sign: op for op, sign in SIGNS.items()}


def parse(text: str | bytes, catalogue: Catalogue | None = None, home: Home | None = None) -> Command:
    """Parse a text, or its UTF-8 bytes, against a catalogue (None: the packaged one) and perhaps a home.

    Raises:
        CommandError: for every text and every byte string that is no command.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise CommandError("not UTF-8", error.start, ("UTF-8 text",)) from error
    return _Parser(text, catalogue or load_catalogue(), home).command()


class _Parser:
    """Reads from left to right; `at` is the position of what is read next."""

    def __init__(self, text: str, catalogue: Catalogue, home: Home | None) -> None:
        self.text, self.catalogue, self.home = text, catalogue, home
        self.at = 0

    def command(self) -> Command:
        self.take(_SPACE)
        if self.peek(_ID) == "reject":
            return self.rejection()
        actions = [self.action()]
        while self.at < len(self.text):
            if self.text[self.at] != ";":
                self.fail("after the action", (";", "the end"))
            self.at += 1
            self.take(_SPACE)
            actions.append(self.action())
        return Command(tuple(actions))

    def rejection(self) -> Command:
        self.take(_ID)
        self.spaces()
        reason = self.one_of(REASONS, "reason")
        self.take(_SPACE)
        if self.at < len(self.text):
            self.fail("after the rejection", ("the end",))
        return Command(rejected=reason)

    def action(self) -> Action:
        device, kind, named = self.device()
        area, excluded = (None, ()) if named else self.area()
        self.spaces()
        attribute = self.one_of(kind.attributes, f"attribute of {device}")
        op, value = self.clause(kind, attribute)
        end = self.at
        self.take(_SPACE)
        schedule = None
        if self.at > end and self.at < len(self.text) and self.text[self.at] != ";":
            if op == "query":
                self.fail("after a question, which has no schedule", (";", "the end"))
            parsed, self.at = read_schedule(self.text, self.at)
            schedule = str(parsed)
        return Action(device, attribute, op, value, area, excluded, schedule)

    def device(self) -> tuple[str, DeviceType, bool]:
        """The device, its type, and whether it is a home's own."""
        start = self.at
        named = self.home.devices if self.home else {}
        device = self.one_of((*self.catalogue.devices, *named), "device")
        if device in self.catalogue.devices:
            return device, self.catalogue.devices[device], False
        if named[device].type not in self.catalogue.devices:
            raise CommandError(f"{device} is of the type {named[device].type}, which the catalogue lacks", start)
        if self.text[self.at : self.at + 1] == "@":
            self.fail("after a named device, which has no area", ("a space",))
        return device, self.catalogue.devices[named[device].type], True

    def area(self) -> tuple[str | None, tuple[str, ...]]:
        if self.text[self.at : self.at + 1] != "@":
            return None, ()
        self.at += 1
        known = (*self.catalogue.areas, *(self.home.areas if self.home else ()))
        area = self.one_of((ALL_AREAS, *known), "area")
        excluded: list[str] = []
        while self.text[self.at : self.at + 1] == "-":
            self.at += 1
            left = [other for other in known if other != area and other not in excluded]
            excluded.append(self.one_of(left, "area to leave out"))
        return area, tuple(excluded)

    def clause(self, kind: DeviceType, attribute: str) -> tuple[Op, str | None]:
        spec = kind.attributes[attribute]
        signs = tuple(SIGNS[op] for op in allowed_ops(spec))
        sign = self.peek(_SIGN)
        if sign not in signs:
            self.fail(f"after {attribute} of {kind.id}", signs)
        self.at += len(sign)
        op, start, value = _OPS[sign], self.at, self.take(_VALUE)
        if op == "query":
            if value:
                self.at = start
                self.fail("after a question", ("a space", ";", "the end"))
            return op, None
        check_value(value, spec, op, start)
        return op, value

    def one_of(self, known: Collection[str], what: str) -> str:
        """Take an identifier that must be among the known."""
        word = self.peek(_ID)
        if word not in known:
            message = f"unknown {what} {quote(word)}{suggestion(word, known)}" if word else f"no {what} here"
            raise CommandError(message, self.at, tuple(known))
        self.at += len(word)
        return word

    def spaces(self) -> None:
        if not self.take(_SPACE):
            self.fail("where a space is due", ("a space",))

    def peek(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        return match[0] if match else ""

    def take(self, pattern: re.Pattern[str]) -> str:
        found = self.peek(pattern)
        self.at += len(found)
        return found

    def fail(self, where: str, expected: tuple[str, ...]) -> NoReturn:
        rest = self.text[self.at :]
        raise CommandError(f"{quote(rest) if rest else 'the end'} {where}", self.at, expected)
