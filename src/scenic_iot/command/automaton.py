"""Which symbol may come next: the grammar and the catalogue as an automaton over tokens.

Every row that it accepts decodes to a command that parses, and every state can be ended from. Of what parses it leaves
out: a second form of the same command (a unit that may be missing, "@all" for what the whole home has one of), open
words that the catalogue does not list, and more than `MAX_ACTIONS` actions or `MAX_EXCLUDED` areas left out of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.actions import REASONS, SIGNS, Op
from scenic_iot.command.errors import CommandError
from scenic_iot.command.schedule import DAYS, MAX_DIGITS, RECURRENCES, UNITS
from scenic_iot.command.symbols import Symbols
from scenic_iot.command.tokens import EOS, HOURS, MAX_AREAS, MAX_NAMES, MINUTES, NUMERALS, PAD, allowed_ops, numbered
from scenic_iot.command.values import number_rule, value_words
from scenic_iot.home.catalogue import ALL_AREAS, Catalogue

MAX_ACTIONS = 5
MAX_EXCLUDED = 5

_CACHED = 20_000  # states whose successors are kept
_UNITS = tuple(f":{unit}" for unit in UNITS)  # the longest first


class Phase(IntEnum):
    """What was written last."""

    START = auto()
    NEXT = auto()  # ";"
    DEVICE = auto()
    NAMED = auto()  # a named device, which takes no area
    AREA = auto()
    CLAUSE = auto()  # an attribute and its sign
    NUMBER = auto()  # a part of one
    ACTION = auto()  # a value or a question: all of an action but its schedule
    IN = auto()
    DURATION = auto()  # digits
    UNIT = auto()
    AT = auto()
    DAY = auto()
    HOUR = auto()
    TIME = auto()
    EVERY = auto()
    SCHEDULE = auto()  # all of one
    REJECTED = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class State:
    """Where a row stands. It holds only what decides what may follow, so that equal futures are one state."""

    phase: Phase
    names: tuple[str, ...]
    """Device types of the placeholders #1, #2, ..."""
    areas: int
    """How many placeholders @#1, @#2, ... there are."""
    actions: int = 0
    """Actions begun."""
    device: str = ""
    """Its type."""
    places: tuple[str, ...] = ()
    """The area, then those left out, sorted."""
    attribute: str = ""
    op: Op = "set"
    digits: str = ""
    units: tuple[str, ...] = ()
    """Units that a duration may still use."""


Follow = Iterator[tuple[str, State]]


class Automaton:
    """The automaton of a catalogue, over the tokens of its symbols."""

    def __init__(self, symbols: Symbols, catalogue: Catalogue) -> None:
        self.symbols, self.catalogue = symbols, catalogue
        self._steps: dict[State, dict[int, State]] = {}
        self._allowed: dict[State, NDArray[np.int64]] = {}
        self._masks: dict[State, NDArray[np.bool_]] = {}

    def start(self, name_types: tuple[str, ...] = (), n_areas: int = 0) -> State:
        """The state before the first symbol.

        Args:
            name_types: device types of the named devices that #1, #2, ... stand for; at most `MAX_NAMES`.
            n_areas: how many areas @#1, @#2, ... stand for; at most `MAX_AREAS`.
        """
        if len(name_types) > MAX_NAMES or not 0 <= n_areas <= MAX_AREAS:
            raise ValueError(f"there are placeholders for {MAX_NAMES} devices and {MAX_AREAS} areas")
        if unknown := [kind for kind in name_types if kind not in self.catalogue.devices]:
            raise ValueError(f"unknown device types {unknown}")
        return State(Phase.START, tuple(name_types), n_areas)

    def allowed(self, state: State) -> NDArray[np.int64]:
        """The ids of the symbols that may follow, ascending; never none. Shared: not to be written to."""
        if state not in self._allowed:
            self._room(self._allowed)[state] = np.array(sorted(self._successors(state)), dtype=np.int64)
        return self._allowed[state]

    def mask(self, state: State) -> NDArray[np.bool_]:
        """True, of every symbol, for those that may follow: (len(symbols),). Shared: not to be written to."""
        if state not in self._masks:
            mask = np.zeros(len(self.symbols), dtype=np.bool_)
            mask[self.allowed(state)] = True
            self._room(self._masks)[state] = mask
        return self._masks[state]

    def step(self, state: State, token: int) -> State:
        """The state after a symbol. Raises CommandError when it is not allowed."""
        try:
            return self._successors(state)[int(token)]
        except KeyError:
            raise CommandError(f"the symbol {token} may not follow here") from None

    def forced(self, state: State) -> int | None:
        """The symbol that must follow, when there is only one."""
        successors = self._successors(state)
        return next(iter(successors)) if len(successors) == 1 else None

    def accepts(self, ids: Iterable[int], state: State) -> bool:
        """Whether a row that ends with the end symbol may be written from this state on."""
        for token in ids:
            if token not in self._successors(state):
                return False
            state = self.step(state, token)
        return state.phase is Phase.END

    def _successors(self, state: State) -> dict[int, State]:
        if state not in self._steps:
            follow = _FOLLOW[state.phase](self, state)
            self._room(self._steps)[state] = {self.symbols.ids[token]: after for token, after in follow}
        return self._steps[state]

    @staticmethod
    def _room[Cached: (dict[State, dict[int, State]])](cache: Cached) -> Cached:
        return cache
