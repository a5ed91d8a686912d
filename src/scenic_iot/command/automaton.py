"""Which symbol may come next: the grammar and the catalogue as an automaton over tokens.

Every row that it accepts decodes to a command that parses, and every state can be ended from. Of what parses it leaves
out: a second form of the same command (a unit that may be missing, "@all" for what the whole home has one of), open
words that the catalogue does not list, and more than `MAX_ACTIONS` actions or `MAX_EXCLUDED` areas left out of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenic_iot.command.errors import CommandError
from scenic_iot.command.grammar import MAX_ACTIONS, MAX_EXCLUDED, Phase, State, successors
from scenic_iot.command.symbols import Symbols
from scenic_iot.command.tokens import MAX_AREAS, MAX_NAMES
from scenic_iot.home.catalogue import Catalogue

__all__ = ["MAX_ACTIONS", "MAX_EXCLUDED", "Automaton", "Phase", "State"]

_CACHED = 5_000  # states that are remembered


@dataclass(frozen=True, slots=True)
class _Node:
    """What is known of a state."""

    after: dict[int, State]
    allowed: NDArray[np.int64]
    mask: NDArray[np.bool_]


class Automaton:
    """The automaton of a catalogue, over the tokens of its symbols."""

    def __init__(self, symbols: Symbols, catalogue: Catalogue) -> None:
        self.symbols, self.catalogue = symbols, catalogue
        self._nodes: dict[State, _Node] = {}

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
        """The ids of the symbols that may follow, ascending and never none; after the end only the padding does."""
        return self._node(state).allowed

    def mask(self, state: State) -> NDArray[np.bool_]:
        """True, of every symbol, for those that may follow: (len(symbols),)."""
        return self._node(state).mask

    def step(self, state: State, token: int) -> State:
        """The state after a symbol. Raises CommandError when it is not allowed."""
        after = self._node(state).after.get(int(token))
        if after is None:
            raise CommandError(f"the symbol {token} may not follow here")
        return after

    def forced(self, state: State) -> int | None:
        """The symbol that must follow, when there is only one."""
        after = self._node(state).after
        return next(iter(after)) if len(after) == 1 else None

    def accepts(self, ids: Iterable[int], state: State | None = None) -> bool:
        """Whether a whole row, its end included, may be written from a state (None: from the start)."""
        state = state or self.start()
        for token in ids:
            after = self._node(state).after.get(int(token))
            if after is None:
                return False
            state = after
        return state.phase is Phase.END

    def _node(self, state: State) -> _Node:
        node = self._nodes.get(state)
        if node is None:
            ids = self.symbols.ids
            after = {ids[token]: following for token, following in successors(self.catalogue, state)}
            allowed = np.array(sorted(after), dtype=np.int64)
            mask = np.zeros(len(self.symbols), dtype=np.bool_)
            mask[allowed] = True
            allowed.flags.writeable = mask.flags.writeable = False  # shared by all who ask
            if len(self._nodes) >= _CACHED:
                self._nodes.clear()
            self._nodes[state] = node = _Node(after, allowed, mask)
        return node
