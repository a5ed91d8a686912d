"""What may stand after `=`, `+=` and `-=`."""

from __future__ import annotations

import re

from scenic_iot.command.actions import STEP, Op
from scenic_iot.command.errors import CommandError, quote
from scenic_iot.command.numbers import CANONICAL, NUMBER, NumberRule, amount, setting
from scenic_iot.home.catalogue import AttributeSpec
from scenic_iot.home.yamlfile import suggestion

_WORD = re.compile(r"[A-Za-z0-9_.:-]+")


def allowed_ops(spec: AttributeSpec) -> tuple[Op, ...]:
    """What can be done with an attribute of a device."""
    settings: tuple[Op, ...] = ("set",) if spec.values or spec.number or spec.open else ()
    changes: tuple[Op, ...] = ("increase", "decrease") if spec.step else ()
    return (*settings, *changes, "query")


def number_rule(spec: AttributeSpec, op: Op) -> NumberRule | None:
    """The numbers that may be written, if any."""
    if spec.number is None:
        return None
    return setting(spec.number) if op == "set" else amount(spec.number)


def value_words(spec: AttributeSpec, op: Op) -> tuple[str, ...]:
    """The words that may be written; an open attribute takes others too."""
    return spec.values if op == "set" else (STEP,)


def check_value(value: str, spec: AttributeSpec, op: Op, position: int = 0) -> None:
    """Whether a value is allowed for a set, an increase or a decrease. Raises CommandError at `position`."""
    rule, words = number_rule(spec, op), value_words(spec, op)
    if value in words or (rule and rule.accepts(value)) or (op == "set" and spec.open and _is_open_word(value)):
        return
    expected = (*words, *([rule.describe()] if rule else []), *(["another word"] if spec.open and op == "set" else []))
    message = f"{quote(value)} is not allowed here{suggestion(value, words)}" if value else "the value is missing"
    raise CommandError(message, position, expected)


def _is_open_word(value: str) -> bool:
    """A word, or a number as words may be (a channel's 101.75), which then has one spelling too."""
    return bool(_WORD.fullmatch(value)) and (not NUMBER.fullmatch(value) or bool(CANONICAL.fullmatch(value)))
