"""The grammar as states and what may follow each: what `Automaton` remembers.

`successors` gives, for any state, the tokens that may be written next and the state after each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, auto

from scenic_iot.command.actions import REASONS, SIGNS, Op
from scenic_iot.command.schedule import DAYS, MAX_DIGITS, RECURRENCES, UNITS
from scenic_iot.command.tokens import HOURS, MINUTES, NUMERALS, numbered
from scenic_iot.command.values import allowed_ops, number_rule, value_words
from scenic_iot.home.catalogue import ALL_AREAS, AttributeSpec, Catalogue

MAX_ACTIONS = 5
MAX_EXCLUDED = 5

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
    ACTION = auto()  # a value: all of an action but its schedule
    DURATION = auto()  # "in", or digits of a duration
    UNIT = auto()
    AT = auto()
    DAY = auto()
    HOUR = auto()
    TIME = auto()
    EVERY = auto()
    SCHEDULE = auto()  # all of one, or a question, which has none
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


Following = Iterator[tuple[str, State]]


def successors(catalogue: Catalogue, state: State) -> Following:
    """Each token that may be written next, with the state after it."""
    return _FOLLOWING[state.phase](catalogue, state)


def _action(catalogue: Catalogue, state: State) -> Following:
    """At the start of an action."""
    if state.phase is Phase.START:
        yield from _each((f"reject {reason}" for reason in REASONS), State(Phase.REJECTED, state.names, state.areas))
    begun = replace(state, phase=Phase.DEVICE, actions=state.actions + 1)
    for device in catalogue.devices:
        yield device, replace(begun, device=device)
    for token, device in zip(numbered(len(state.names)), state.names, strict=True):
        yield token, replace(begun, phase=Phase.NAMED, device=device)


def _device(catalogue: Catalogue, state: State) -> Following:
    everywhere = (ALL_AREAS,) if catalogue.devices[state.device].whole_home else ()
    for area in (*everywhere, *catalogue.areas, *numbered(state.areas)):
        yield f"@{area}", replace(state, phase=Phase.AREA, places=(area,))
    yield from _attributes(catalogue, state)


def _area(catalogue: Catalogue, state: State) -> Following:
    if len(state.places) <= MAX_EXCLUDED:
        for area in (*catalogue.areas, *numbered(state.areas)):
            if area not in state.places:
                yield f"-{area}", replace(state, places=tuple(sorted((*state.places, area))))
    yield from _attributes(catalogue, state)


def _attributes(catalogue: Catalogue, state: State) -> Following:
    for attribute, spec in catalogue.devices[state.device].attributes.items():
        for op in allowed_ops(spec):
            if op == "set" and not (spec.values or spec.number):
                continue  # open, and none of its words is known
            clause = replace(state, phase=Phase.CLAUSE, places=(), attribute=attribute, op=op)
            yield attribute + SIGNS[op], _done(state, Phase.SCHEDULE) if op == "query" else clause


def _value(catalogue: Catalogue, state: State) -> Following:
    spec, done = _spec(catalogue, state), _done(state, Phase.ACTION)
    yield from _each(value_words(spec, state.op), done)
    yield from _number(catalogue, state)


def _number(catalogue: Catalogue, state: State) -> Following:
    rule = number_rule(_spec(catalogue, state), state.op)
    if rule is None:
        return
    for char in rule.continuations(state.digits):
        yield NUMERALS[char], replace(state, phase=Phase.NUMBER, digits=state.digits + char)
    if rule.complete(state.digits):
        done = _done(state, Phase.ACTION)
        yield from [(rule.suffix, done)] if rule.suffix else _after(catalogue, done)


def _after(catalogue: Catalogue, state: State) -> Following:
    """After an action that may still get a schedule."""
    yield "in", replace(state, phase=Phase.DURATION, units=_UNITS)
    yield "at", replace(state, phase=Phase.AT)
    yield from _end(catalogue, state)


def _end(_: Catalogue, state: State) -> Following:
    """After a whole action."""
    yield "<eos>", State(Phase.END, state.names, state.areas)
    if state.actions < MAX_ACTIONS:
        yield ";", replace(state, phase=Phase.NEXT)


def _duration(_: Catalogue, state: State) -> Following:
    """After "in", after some digits of a duration, or after a part of it."""
    if len(state.digits) < MAX_DIGITS:
        for digit in "0123456789" if state.digits else "123456789":
            yield digit, replace(state, digits=state.digits + digit)
    if state.digits:
        for index, unit in enumerate(state.units):
            yield unit, replace(state, phase=Phase.UNIT, digits="", units=state.units[index + 1 :])


def _unit(catalogue: Catalogue, state: State) -> Following:
    if state.units:
        yield from _duration(catalogue, replace(state, phase=Phase.DURATION))
    yield from _end(catalogue, _done(state, Phase.SCHEDULE))


def _clock(_: Catalogue, state: State) -> Following:
    """After "at", and after a day."""
    if state.phase is Phase.AT:
        yield from _each(DAYS, replace(state, phase=Phase.DAY))
    yield from _each(HOURS, replace(state, phase=Phase.HOUR))


def _hour(_: Catalogue, state: State) -> Following:
    yield from _each(MINUTES, replace(state, phase=Phase.TIME))


def _time(catalogue: Catalogue, state: State) -> Following:
    yield "every", replace(state, phase=Phase.EVERY)
    yield from _end(catalogue, _done(state, Phase.SCHEDULE))


def _every(_: Catalogue, state: State) -> Following:
    yield from _each(RECURRENCES, _done(state, Phase.SCHEDULE))


def _rejected(_: Catalogue, state: State) -> Following:
    yield "<eos>", replace(state, phase=Phase.END)


def _ended(_: Catalogue, state: State) -> Following:
    yield "<pad>", state


def _each(tokens: Iterable[str], state: State) -> Following:
    return ((token, state) for token in tokens)


def _done(state: State, phase: Phase) -> State:
    """A state that has forgotten its action."""
    return State(phase, state.names, state.areas, state.actions)


def _spec(catalogue: Catalogue, state: State) -> AttributeSpec:
    return catalogue.devices[state.device].attributes[state.attribute]


_FOLLOWING: dict[Phase, Callable[[Catalogue, State], Following]] = {
    Phase.START: _action,
    Phase.NEXT: _action,
    Phase.DEVICE: _device,
    Phase.NAMED: _attributes,
    Phase.AREA: _area,
    Phase.CLAUSE: _value,
    Phase.NUMBER: _number,
    Phase.ACTION: _after,
    Phase.DURATION: _duration,
    Phase.UNIT: _unit,
    Phase.AT: _clock,
    Phase.DAY: _clock,
    Phase.HOUR: _hour,
    Phase.TIME: _time,
    Phase.EVERY: _every,
    Phase.SCHEDULE: _end,
    Phase.REJECTED: _rejected,
    Phase.END: _ended,
}
