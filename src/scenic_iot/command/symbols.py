"""Commands as rows of symbols: what a model writes, and what it is taught to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenic_iot.command.actions import SIGNS, Action, Command
from scenic_iot.command.errors import CommandError
from scenic_iot.command.numbers import NUMBER
from scenic_iot.command.rows import read_action
from scenic_iot.command.schedule import Schedule
from scenic_iot.command.tokens import BOS, EOS, NUMERALS, PAD, vocabulary
from scenic_iot.home.catalogue import Catalogue


class Symbols:
    """The tokens of one catalogue. Equal catalogues give equal tokens.

    Named devices and areas of a home stand as placeholders, `#1` and `@#1`, which `encode` and `decode` match with ids.
    """

    pad, bos, eos = PAD, BOS, EOS

    def __init__(self, catalogue: Catalogue) -> None:
        self.tokens: tuple[str, ...] = vocabulary(catalogue)
        """Every token; its place is its id. 0 pads, 1 begins, 2 ends a row."""
        self.ids: dict[str, int] = {token: index for index, token in enumerate(self.tokens)}
        self._devices = frozenset(catalogue.devices)
        self._percent = frozenset(
            attribute
            for device in catalogue.devices.values()
            for attribute, spec in device.attributes.items()
            if spec.number and spec.number.unit_optional and spec.number.suffix
        )

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, command: Command, names: Sequence[str] = (), areas: Sequence[str] = ()) -> list[int]:
        """The row of a command, with the end and without the beginning.

        Args:
            command: any command of the catalogue. A unit that may be left out ("volume=20") is written all the same.
            names: ids of the home's devices that stand as #1, #2, ...
            areas: ids of areas that stand as @#1, @#2, ...; areas of the catalogue may be among them.

        Raises:
            CommandError: something in the command has no token, such as an open word that the catalogue does not list.
        """
        try:
            return [*(self.ids[token] for token in self._written(command, names, areas)), EOS]
        except KeyError as error:
            raise CommandError(f"there is no symbol {error.args[0]!r} for {str(command)!r}") from error

    def decode(self, ids: Sequence[int], names: Sequence[str] = (), areas: Sequence[str] = ()) -> Command:
        """The command that a row writes, up to its end if it has one.

        An area left out that is the area meant, or was left out before, is dropped: two placeholders may be one area.
        Rows that the automaton accepts always decode to a command that parses; of others only the form is checked.

        Raises:
            CommandError: the row is not formed like a command, or a placeholder has no id.
        """
        row = [int(index) for index in ids]
        for at, index in enumerate(row):
            if not 0 <= index < len(self.tokens):
                raise CommandError(f"there is no symbol {index}", at)
        start = 1 if row[:1] == [BOS] else 0
        tokens = [self.tokens[index] for index in (row[: row.index(EOS)] if EOS in row else row)[start:]]
        if len(tokens) == 1 and tokens[0].startswith("reject "):
            return Command(rejected=tokens[0].removeprefix("reject "))
        actions: list[Action] = []
        at = 0
        while not actions or at < len(tokens):
            end = tokens.index(";", at) if ";" in tokens[at:] else len(tokens)
            actions.append(read_action(tokens[at:end], start + at, self._devices, names, areas))
            at = end + 1
        if tokens[-1] == ";":
            raise CommandError("nothing after the last ;", start + len(tokens), ("a device",))
        return Command(tuple(actions))

    def _written(self, command: Command, names: Sequence[str], areas: Sequence[str]) -> Iterator[str]:
        if command.rejected is not None:
            yield f"reject {command.rejected}"
        for index, action in enumerate(command.actions):
            if index:
                yield ";"
            yield _placeholder(action.device, names)
            if action.area is not None:
                yield "@" + _placeholder(action.area, areas)
            for area in action.excluded:
                yield "-" + _placeholder(area, areas)
            yield action.attribute + SIGNS[action.op]
            yield from self._value(action)
            yield from _schedule(action.schedule)

    def _value(self, action: Action) -> Iterator[str]:
        value = action.value or ""
        if not NUMBER.fullmatch(value.removesuffix("%")):
            yield from [value] if value else []
            return
        yield from (NUMERALS[char] for char in value)
        if action.attribute in self._percent and not value.endswith("%"):
            yield "%"


def _placeholder(identifier: str, ids: Sequence[str]) -> str:
    return f"#{ids.index(identifier) + 1}" if identifier in ids else identifier


def _schedule(text: str | None) -> Iterator[str]:
    if text is None:
        return
    schedule = Schedule.parse(text)
    if schedule.time is None:
        yield "in"
        for number, unit in schedule.delay:
            yield from (*str(number), f":{unit}")
        return
    yield from ("at", *([schedule.day] if schedule.day else []))
    yield from (f"{schedule.time[0]:02}:", f":{schedule.time[1]:02}")
    yield from ("every", schedule.every) if schedule.every else ()
