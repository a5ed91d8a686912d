"""Commands of generated pairs as rows of symbols. Actions repeat, so each is worked out once."""

from __future__ import annotations

import re
from functools import lru_cache

from scenic_iot.command.actions import SIGNS, Action, Command, Op
from scenic_iot.command.symbols import Symbols
from scenic_iot.command.tokens import EOS, MAX_AREAS, MAX_NAMES

_ACTION = re.compile(r"(#?[a-z0-9_]+)(?:@(#?[a-z0-9_]+))?((?:-#?[a-z0-9_]+)*) ([a-z_]+)(\+=|-=|=|\?)(\S*)(?: (.+))?")
_NAMES = tuple(f"#{index + 1}" for index in range(MAX_NAMES))
_OPS: dict[str, Op] = {sign: op for op, sign in SIGNS.items()}
_AREAS = tuple(f"#{index + 1}" for index in range(MAX_AREAS))


class Targets:
    """Encodes canonical commands that may hold the placeholders `#1` and `@#1`."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._action = lru_cache(maxsize=200_000)(self._encode_action)

    def encode(self, command: str) -> list[int]:
        """The row of a command, with the end symbol. Raises CommandError or KeyError for one that has no symbols."""
        if command.startswith("reject "):
            return [self.symbols.ids[command], EOS]
        row: list[int] = []
        for index, action in enumerate(command.split("; ")):
            if index:
                row.append(self.symbols.ids[";"])
            row += self._action(action)
        return [*row, EOS]

    def _encode_action(self, text: str) -> tuple[int, ...]:
        match = _ACTION.fullmatch(text)
        if match is None:
            raise KeyError(text)
        device, area, excluded, attribute, op, value, schedule = match.groups()
        action = Action(
            device,
            attribute,
            _OPS[op],
            value or None,
            area,
            tuple(excluded.split("-")[1:]),
            schedule,
        )
        return tuple(self.symbols.encode(Command((action,)), _NAMES, _AREAS)[:-1])
