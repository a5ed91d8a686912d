"""Every command that a catalogue allows, and that the automaton writes."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from scenic_iot.command.actions import REASONS, Action, Command, Op
from scenic_iot.command.automaton import MAX_ACTIONS, MAX_EXCLUDED
from scenic_iot.command.numbers import NumberRule
from scenic_iot.command.schedule import DAYS, RECURRENCES, Schedule
from scenic_iot.command.values import allowed_ops, number_rule, value_words
from scenic_iot.home.catalogue import ALL_AREAS, AttributeSpec, Catalogue
from scenic_iot.home.homefile import Home


@dataclass(frozen=True)
class Clause:
    """A device type with one of its attributes and an op that it allows."""

    device: str
    attribute: str
    op: Op
    spec: AttributeSpec


def clauses(catalogue: Catalogue) -> list[Clause]:
    """Every device, attribute and op."""
    return [
        Clause(device.id, attribute, op, spec)
        for device in catalogue.devices.values()
        for attribute, spec in device.attributes.items()
        for op in allowed_ops(spec)
    ]


def numbers(rule: NumberRule) -> st.SearchStrategy[str]:
    """Every number of a rule, in canonical form, with its suffix."""
    tenths = st.integers(rule.low, rule.high).map(lambda value: value if rule.decimals else value // 10 * 10)
    return tenths.map(lambda value: f"{value / 10:.1f}".removesuffix(".0") + rule.suffix)


def values(clause: Clause) -> st.SearchStrategy[str | None]:
    if clause.op == "query":
        return st.none()
    words, rule = value_words(clause.spec, clause.op), number_rule(clause.spec, clause.op)
    kinds: list[st.SearchStrategy[str]] = [st.sampled_from(words)] if words else []
    return st.one_of([*kinds, numbers(rule)] if rule else kinds)


def delays() -> st.SearchStrategy[Schedule]:
    numbers = st.integers(1, 9999)
    units = st.lists(st.sampled_from("hms"), min_size=1, max_size=3, unique=True).map(
        lambda u: sorted(u, key="hms".index)
    )
    return units.flatmap(
        lambda chosen: st.tuples(*(st.tuples(numbers, st.just(unit)) for unit in chosen)).map(
            lambda d: Schedule(delay=d)
        )
    )


def schedules() -> st.SearchStrategy[Schedule]:
    clock = st.builds(
        Schedule,
        time=st.tuples(st.integers(0, 23), st.integers(0, 59)),
        day=st.none() | st.sampled_from(DAYS),
        every=st.none() | st.sampled_from(RECURRENCES),
    )
    return delays() | clock


@st.composite
def actions(draw: st.DrawFn, catalogue: Catalogue, home: Home | None = None) -> Action:
    clause = draw(st.sampled_from(clauses(catalogue)))
    value = draw(values(clause))
    schedule = None if clause.op == "query" else draw(st.none() | schedules().map(str))
    known = [*catalogue.areas, *(area for area in (home.areas if home else ()) if area not in catalogue.areas)]
    own = [device.id for device in home.devices.values() if device.type == clause.device] if home else []
    if draw(st.booleans()) and own:
        return Action(draw(st.sampled_from(own)), clause.attribute, clause.op, value, schedule=schedule)
    everywhere = [ALL_AREAS] if catalogue.devices[clause.device].whole_home else []
    area = draw(st.sampled_from([None, *everywhere, *known]))
    others = [other for other in known if other != area]
    excluded = draw(st.lists(st.sampled_from(others), max_size=MAX_EXCLUDED if area else 0, unique=True))
    return Action(clause.device, clause.attribute, clause.op, value, area, tuple(excluded), schedule)


def commands(catalogue: Catalogue, home: Home | None = None) -> st.SearchStrategy[Command]:
    acting = st.lists(actions(catalogue, home), min_size=1, max_size=MAX_ACTIONS).map(lambda a: Command(tuple(a)))
    return acting | st.sampled_from(REASONS).map(lambda reason: Command(rejected=reason))
