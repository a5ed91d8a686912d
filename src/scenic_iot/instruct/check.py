"""Checks of a lexicon: every mistake with its file and line, phrases that stand twice, and what is never said.

`python -m scenic_iot.instruct.check [zh|en]` prints them; `scenic data check` is the same.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass, field

from scenic_iot.home.catalogue import Catalogue, load_catalogue

from .lexicon import LANGUAGES, Lexicon, LexiconError, read_lexicon


@dataclass
class Report:
    """What the check of one language found."""

    language: str
    patterns: int = 0
    mistakes: list[LexiconError] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    """Phrases that stand under two commands."""
    repeats: list[str] = field(default_factory=list)
    """Phrases that stand twice under one command."""
    unsaid: list[str] = field(default_factory=list)
    """Device, attribute, op, value of the catalogue that no phrase says."""

    @property
    def good(self) -> bool:
        return not (self.mistakes or self.conflicts or self.unsaid)


def check(language: str, catalogue: Catalogue | None = None) -> Report:
    """Check the lexicon of a language."""
    catalogue = catalogue or load_catalogue()
    report = Report(language)
    lexicon = read_lexicon(language, catalogue, mistakes=report.mistakes)
    report.patterns = len({phrase.text for phrase in lexicon.phrases()})
    _find_twice(lexicon, report)
    said = _said(lexicon)
    report.unsaid = [" ".join(key) for key in sorted(sayable(catalogue) - said)]
    return report


def _find_twice(lexicon: Lexicon, report: Report) -> None:
    places: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for group in lexicon.groups:
        key = group.says if "*" not in group.says else f"{group.says} ({', '.join(group.devices)})"
        generic = "{thing}" if "*" in group.says else ""
        for phrase in group.phrases:
            places[phrase.text].append((key, group.source, generic))
    for text, where in places.items():
        if len(where) < 2:
            continue
        first = where[0]
        for other in where[1:]:
            line = f"{text!r}: {first[0]} in {first[1]}, {other[0]} in {other[1]}"
            if first[0] == other[0]:
                report.repeats.append(line)
            elif not any(slot in text for slot in ("{thing}", "{noun}", "{value}")):
                report.conflicts.append(line)


def _said(lexicon: Lexicon) -> set[tuple[str, str, str]]:
    said: set[tuple[str, str, str]] = set()
    for group in lexicon.groups:
        if not group.phrases:
            continue
        for action in group.actions:
            for device in group.devices if action.device == "*" else (action.device,):
                op = action.op
                if action.value == "{value}":
                    spec = load_catalogue().devices[device].attributes[action.attribute]
                    values = group.values or tuple(v for v in spec.values if v not in ("min", "max"))
                    said |= {(device, action.attribute, op + value) for value in values}
                elif action.value == "{number}":
                    said.add((device, action.attribute, op + "number"))
                else:
                    said.add((device, action.attribute, op + action.value))
    return said


def sayable(catalogue: Catalogue) -> set[tuple[str, str, str]]:
    """Everything the catalogue allows: each closed value, a number, steps both ways, and the question."""
    out: set[tuple[str, str, str]] = set()
    for device, spec in catalogue.devices.items():
        for attribute, allowed in spec.attributes.items():
            out |= {(device, attribute, "=" + value) for value in allowed.values}
            if allowed.number is not None:
                out.add((device, attribute, "=number"))
                if allowed.step:
                    out |= {(device, attribute, "+=number"), (device, attribute, "-=number")}
            if allowed.step:
                out |= {(device, attribute, "+=step"), (device, attribute, "-=step")}
            out.add((device, attribute, "?"))
    return out


def main(languages: list[str]) -> int:
    """Print the reports; 1 when a lexicon is not good."""
    bad = False
    for language in languages or LANGUAGES:
        report = check(language)
        for mistake in report.mistakes:
            print(mistake)
        for title, lines in (
            ("under two commands", report.conflicts),
            ("twice", report.repeats),
            ("never said", report.unsaid),
        ):
            for line in lines:
                print(f"{language}: {title}: {line}")
        found = (len(report.mistakes), len(report.conflicts), len(report.repeats), len(report.unsaid))
        counts = "{} mistakes, {} conflicts, {} repeats, {} never said".format(*found)
        print(f"{language}: {report.patterns} patterns, {counts}")
        bad |= not report.good
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
