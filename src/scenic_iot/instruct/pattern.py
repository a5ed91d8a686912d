"""Phrase patterns: `turn off {thing} [now]`, `(dim|lower) {thing}`; compiled to fillable variants.

A *variant* is one expansion of the brackets: a tuple of literals and slots. Patterns with more expansions than
`MAX_VARIANTS` keep an even sample of them, so that loading stays quick. Filling slots is the generator's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_VARIANTS = 48


@dataclass(frozen=True, slots=True)
class Slot:
    """A `{name}` in a pattern."""

    name: str


Part = str | Slot


@dataclass(frozen=True, slots=True)
class Variant:
    """One expansion: `template % tuple(fillings of slots)` is the sentence."""

    template: str
    slots: tuple[str, ...]


class PatternError(ValueError):
    """The pattern does not parse; the message says where and why."""


_TOKEN = re.compile(r"\{([a-z_0-9]*)\}|([()\[\]|])|([^{}()\[\]|]+)|(.)")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    out = []
    for match in _TOKEN.finditer(text):
        slot, mark, literal, wrong = match.groups()
        if wrong is not None or slot == "":
            raise PatternError(f"stray {match.group()!r} at character {match.start() + 1} of {text!r}")
        kind = "slot" if slot is not None else "mark" if mark is not None else "text"
        out.append((kind, slot or mark or literal, match.start() + 1))
    return out


def expand(text: str) -> list[tuple[Part, ...]]:
    """All expansions of a pattern, each a tuple of literals and slots, in the order written."""
    tokens = _tokens(text)
    options, end = _alternatives(tokens, 0, text)
    if end != len(tokens):
        raise PatternError(f"unmatched {tokens[end][1]!r} at character {tokens[end][2]} of {text!r}")
    return options


def _alternatives(tokens: list[tuple[str, str, int]], at: int, text: str) -> tuple[list[tuple[Part, ...]], int]:
    options: list[tuple[Part, ...]] = []
    current: list[tuple[Part, ...]] = [()]
    while at < len(tokens):
        kind, value, place = tokens[at]
        if kind == "mark" and value in ")]":
            break
        if kind == "mark" and value == "|":
            options += current
            current = [()]
        elif kind == "mark":
            inner, end = _alternatives(tokens, at + 1, text)
            closing = ")" if value == "(" else "]"
            if end >= len(tokens) or tokens[end][1] != closing:
                raise PatternError(f"{value!r} at character {place} of {text!r} is not closed by {closing!r}")
            if value == "[":
                inner = [(), *inner]
            current = [(*head, *tail) for head in current for tail in inner]
            if len(current) > 4096:
                raise PatternError(f"{text!r} has over 4096 expansions: write it as several phrases")
            at = end
        else:
            part: Part = Slot(value) if kind == "slot" else value
            current = [(*head, part) for head in current]
        at += 1
    return options + current, at


def compile_pattern(text: str, language: str) -> tuple[Variant, ...]:
    """Variants of a pattern with spaces tidied (Chinese keeps none around slots).

    Raises PatternError.
    """
    seen: dict[Variant, None] = {}
    for parts in expand(text):
        template = "".join(part.replace("%", "%%") if isinstance(part, str) else "%s" for part in parts)
        template = " ".join(template.split())
        if language == "zh":
            template = re.sub(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])", "", template)
            template = template.replace(" %s", "%s").replace("%s ", "%s")
        slots = tuple(part.name for part in parts if isinstance(part, Slot))
        if template:
            seen[Variant(template, slots)] = None
    variants = list(seen)
    if not variants:
        raise PatternError(f"{text!r} may be empty")
    if len(variants) > MAX_VARIANTS:
        step = len(variants) / MAX_VARIANTS
        variants = [variants[int(i * step)] for i in range(MAX_VARIANTS)]
    return tuple(variants)
