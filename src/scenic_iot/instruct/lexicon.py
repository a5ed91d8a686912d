"""The lexicon: phrases in YAML, read and checked against the catalogue. `docs/lexicon.md` describes the format.

Reading is all that happens here; what a phrase becomes is the generator's business.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from scenic_iot.home.catalogue import Catalogue, forms, load_catalogue
from scenic_iot.home.yamlfile import Field, FileError, read_yaml, suggestion

from .pattern import PatternError, Variant, compile_pattern

LANGUAGES = ("zh", "en")
REGISTERS = ("direct", "terse", "colloquial", "polite", "indirect", "question")
FREE_AREAS = ("all", "others")
"""Areas of `says` that are no place: everywhere, and everywhere but in the place that the phrase names."""
PLACE_SLOTS = frozenset({"thing", "area", "in_area"})
SLOTS = PLACE_SLOTS | {"noun", "value", "number", "is", "order"}
REJECTIONS = ("out_of_scope", "unsupported", "ambiguous")
HERE = Path(__file__).parent / "lexicon"
_ACTION = re.compile(r"^(\*|[a-z_]+)(?:@([a-z_]+))? ([a-z_]+)(\?|=|\+=|-=)(.*)$")


class LexiconError(FileError):
    """A mistake in a lexicon file, with `file`, `line`, `field` and `message`."""


@dataclass(frozen=True, slots=True)
class ActionTemplate:
    """One action of `says`: device `*` stands for each of the group's devices; value may be `{value}` or `{number}`."""

    device: str
    area: str | None
    attribute: str
    op: str
    value: str
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One authored line."""

    id: str
    text: str
    register: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Phrases that say the same command. `actions` is empty for a rejection, whose reason is `rejected`."""

    says: str
    source: str
    devices: tuple[str, ...]
    actions: tuple[ActionTemplate, ...]
    rejected: str | None
    kind: str
    values: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    words: Mapping[str, tuple[str, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All phrases of one language, with the nouns, value names and grammar lists that fill them."""

    language: str
    groups: tuple[Group, ...]
    nouns: Mapping[str, tuple[tuple[str, str], ...]]  # device -> (singular, plural)
    values: Mapping[tuple[str, str], tuple[str, ...]]  # (attribute, value) -> names
    grammar: Mapping[str, Mapping[str, tuple[str, ...]]]  # file under grammar/ -> its lists

    def phrases(self) -> Iterator[Phrase]:
        for group in self.groups:
            yield from group.phrases


def parse_says(says: str) -> tuple[tuple[ActionTemplate, ...], str | None]:
    """(actions, rejection reason) of a `says` text. Raises ValueError."""
    if says.startswith("reject "):
        reason = says.removeprefix("reject ")
        if reason not in REJECTIONS:
            raise ValueError(f"unknown rejection {reason!r}; expected one of {', '.join(REJECTIONS)}")
        return (), reason
    actions = []
    for text in says.split("; "):
        match = _ACTION.match(text.strip())
        if not match:
            raise ValueError(f"{text!r} is not `DEVICE ATTRIBUTE=VALUE`")
        device, area, attribute, op, rest = match.groups()
        value, _, schedule = rest.partition(" ")
        actions.append(ActionTemplate(device, area, attribute, op, value, schedule))
    return tuple(actions), None


class _File:
    """One phrase file being read."""

    def __init__(
        self, path: Path, language: str, catalogue: Catalogue, mistakes: list[LexiconError] | None = None
    ) -> None:
        """`mistakes`: where the mistakes of groups and phrases go; None raises the first."""
        self.language, self.catalogue, self.mistakes = language, catalogue, mistakes
        self.source = f"{language}/{path.stem}"
        self.fields = read_yaml(path, LexiconError).fields(("devices", "nouns", "values", "words", "phrases"))
        self.words: dict[str, tuple[str, ...]] = {}
        for name, words in self._entries("words"):
            if name in SLOTS:
                raise words.fail("this name is taken by a slot of the language")
            self.words[name] = tuple(dict.fromkeys(word.text() for word in words.sequence()))
            if not self.words[name]:
                raise words.fail("is empty")

    def _entries(self, name: str) -> list[tuple[str, Field]]:
        found = self.fields.get(name)
        return [] if found is None or found.is_empty() else list(found.items().items())

    def _devices(self, names: Field) -> tuple[str, ...]:
        for name in names.sequence():
            if name.text() not in self.catalogue.devices:
                raise name.fail(
                    f"no device {name.text()!r} in the catalogue{suggestion(name.text(), self.catalogue.devices)}"
                )
        return names.words()

    def nouns(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for device, names in self._entries("nouns"):
            if device not in self.catalogue.devices:
                raise names.fail("no such device in the catalogue")
            yield device, tuple(dict.fromkeys(name.text() for name in names.sequence()))

    def values(self) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
        for attribute, entries in self._entries("values"):
            if attribute not in self.catalogue.attributes:
                raise entries.fail("no such attribute in the catalogue")
            for value, names in entries.items().items():
                if value not in self.catalogue.attributes[attribute].values:
                    raise names.fail("no such value in the catalogue")
                yield (attribute, value), tuple(dict.fromkeys(name.text() for name in names.sequence()))

    def groups(self) -> Iterator[Group]:
        devices = self._devices(self.fields["devices"]) if "devices" in self.fields else ()
        if "phrases" in self.fields:
            for entry in self.fields["phrases"].sequence():
                try:
                    yield self._group(entry, devices)
                except FileError as error:
                    self._note(error)

    def _note(self, error: FileError) -> None:
        if self.mistakes is None:
            raise error
        self.mistakes.append(LexiconError(error.file, error.line, error.field, error.message))

    def _group(self, entry: Field, devices: tuple[str, ...]) -> Group:
        fields = entry.fields(("says", "devices", "values", "kind", *REGISTERS), required=("says",))
        says = fields["says"]
        try:
            actions, rejected = parse_says(says.text())
        except ValueError as error:
            raise says.fail(str(error)) from None
        if "devices" in fields:
            devices = self._devices(fields["devices"])
        values = fields["values"].words() if "values" in fields else ()
        self._check_actions(says, actions, devices, values)
        phrases = tuple(self._phrases(says.text(), fields, actions, rejected))
        kind = fields["kind"].text() if "kind" in fields else rejected or ""
        return Group(says.text(), self.source, devices, actions, rejected, kind, values, phrases, self.words)

    def _check_actions(
        self, says: Field, actions: Sequence[ActionTemplate], devices: Sequence[str], values: Sequence[str]
    ) -> None:
        for action in actions:
            targets = devices if action.device == "*" else (action.device,)
            if not targets:
                raise says.fail("`*` needs `devices`")
            if action.area and action.area not in (*FREE_AREAS, *self.catalogue.areas):
                raise says.fail(f"no area {action.area!r} in the catalogue")
            for device in targets:
                spec = self.catalogue.devices.get(device)
                if spec is None:
                    raise says.fail(f"no device {device!r} in the catalogue")
                if action.attribute not in spec.attributes:
                    raise says.fail(f"{device} has no attribute {action.attribute!r}")
                problem = _value_problem(action, spec.attributes[action.attribute], values)
                if problem:
                    raise says.fail(f"{device} {action.attribute}: {problem}")

    def _phrases(
        self, says: str, fields: Mapping[str, Field], actions: Sequence[ActionTemplate], rejected: str | None
    ) -> Iterator[Phrase]:
        needed = {slot for action in actions for slot in ("value", "number") if action.value == f"{{{slot}}}"}
        others = any(action.area == "others" for action in actions)
        for register in REGISTERS:
            if register not in fields:
                continue
            for line in fields[register].sequence():
                try:
                    text = line.text()
                    variants = compile_pattern(text, self.language)
                    problems = (self._slot_problem(variant.slots, needed, bool(rejected)) for variant in variants)
                    problem = next(filter(None, problems), "")
                    if others and not all({"area", "in_area"} & set(variant.slots) for variant in variants):
                        problem = problem or "`@others` needs {area} or {in_area}: the place that is left out"
                except (PatternError, FileError) as error:
                    text, variants, problem = "", (), getattr(error, "message", str(error))
                if problem:
                    self._note(line.fail(f"{problem}: {text!r}" if text else problem))
                    continue
                mark = zlib.crc32(f"{says}|{text}".encode())
                yield Phrase(f"{self.source}/{mark:08x}", text, register, variants)

    def _slot_problem(self, slots: Sequence[str], needed: set[str], refusal: bool) -> str:
        """Why a phrase may not have these slots, or ''."""
        for slot in slots:
            if slot not in SLOTS and slot not in self.words:
                return f"unknown slot {{{slot}}}"
        missing = needed - set(slots)
        if missing:
            return f"{{{min(missing)}}} of `says` is missing"
        if refusal:
            return ""
        if sum(slot in PLACE_SLOTS for slot in slots) > 1:
            return "more than one of {thing}, {area}, {in_area}"
        if "order" in slots:
            return "{order} stands in frames and refusals only"
        extra = ({"value", "number"} & set(slots)) - needed
        return f"{{{min(extra)}}} is not in `says`" if extra else ""


def _value_problem(action: ActionTemplate, spec: Any, values: Sequence[str]) -> str:
    """Why the template's op and value do not suit the attribute, or ''."""
    if action.op == "?":
        return "a question has no value" if action.value else ""
    if spec.ask_only:
        return "can only be asked"
    if action.op in ("+=", "-="):
        if not spec.step:
            return f"{action.op} is not allowed"
        if action.value == "{number}" and spec.number is None:
            return "takes no numbers"
        return ""
    if action.value == "{number}":
        return "" if spec.number is not None else "takes no numbers"
    if action.value == "{value}":
        wrong = [value for value in values if value not in spec.values]
        return f"no value {wrong[0]!r}" if wrong else ""
    number = re.fullmatch(r"-?\d+(\.\d)?%?", action.value)
    if action.value not in spec.values and not number and not spec.open:
        return f"no value {action.value!r}"
    return ""


def _grammar(path: Path) -> dict[str, tuple[str, ...]]:
    """A file of named lists. Unlike phrases, an entry may stand several times: that makes it as many times likelier."""
    return {
        name: tuple(line.text() for line in lines.sequence())
        for name, lines in read_yaml(path, LexiconError).items().items()
    }


@lru_cache(maxsize=4)
def load_lexicon(language: str, root: Path = HERE) -> Lexicon:
    """The lexicon of a language from `root/<language>`, against the packaged catalogue.

    Raises LexiconError (file, line and field) and FileNotFoundError for an unknown language.
    """
    return read_lexicon(language, load_catalogue(), root)


def read_lexicon(
    language: str, catalogue: Catalogue, root: Path = HERE, mistakes: list[LexiconError] | None = None
) -> Lexicon:
    """As load_lexicon, against any catalogue, without a cache. `mistakes`: a list that takes them, instead of the first
    being raised."""
    folder = root / language
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise FileNotFoundError(f"no lexicon for {language!r} in {root}")
    nouns = {d: list(spec.names.get(language, ())) for d, spec in catalogue.devices.items()}
    values = {
        (a, v): list(names.get(language, ()))
        for a, spec in catalogue.attributes.items()
        for v, names in spec.values.items()
    }
    groups: list[Group] = []
    for path in files:
        try:
            file = _File(path, language, catalogue, mistakes)
        except LexiconError as error:
            if mistakes is None:
                raise
            mistakes.append(error)
            continue
        for device, names in file.nouns():
            nouns[device] += names
        for key, names in file.values():
            values[key] += names
        groups += file.groups()
    grammar = {path.stem: _grammar(path) for path in sorted((folder / "grammar").glob("*.yaml"))}
    return Lexicon(
        language,
        tuple(groups),
        {device: tuple(dict.fromkeys(map(forms, names))) for device, names in nouns.items()},
        {key: tuple(dict.fromkeys(names)) for key, names in values.items()},
        grammar,
    )
