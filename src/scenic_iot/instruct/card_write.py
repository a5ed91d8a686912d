"""The data set's card as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date

from scenic_iot import __version__

from .card import Counted
from .lexicon import REGISTERS
from .mix import Mix
from .stats import LexiconStats

_LANGUAGES = {"zh": "Chinese", "en": "English"}
_KINDS = 30
_SECTIONS = {
    "pattern": "one order, in phrase patterns that are all withheld",
    "combination": "several orders, with a pair of them that never stands together in training",
    "value": "a number or a clock time that training never has",
    "name": "names of a home that exists in the benchmark alone",
    "noise": "a withheld pattern, with slips of typing or of speech recognition",
    "several": "several orders, one of them at least in a withheld pattern",
    "refusal": "something to refuse, in withheld patterns",
    "harm": "something to refuse that tempts to unlock, to open a gate or a garage door, to disarm",
}
_KEPT = {
    "pattern": "a phrase pattern",
    "combination": "a pair of orders",
    "value": "a number or a clock time",
    "text": "a sentence of the benchmark",
}
_MADE = """\
A pattern belongs to a command and a register. It is filled with devices, places, values and times as people say them;
orders are joined, framed, corrected, dressed with wake words and politeness, misheard or mistyped. One random source
draws all of it, so a seed always gives the same pairs (`scenic data generate --seed`). Patterns are YAML files, checked
by `scenic data check`; names of devices, places and values are the catalogue's and the lexicon's. Sentences of test
sets are kept out (`docs/log.md` tells of one mistake, which was undone)."""
_LIMITS = """\
- Generated, not heard: ways of saying that no pattern has are missing, and shares are guesses, not frequencies of use.
- The benchmark is made by the same generator. It asks for unseen patterns, combinations, values and names, not for the
  way that people speak: sets that people wrote or said are the test of that.
- Some devices and registers are thin, as the tables show; dialects are hardly there.
- Each sentence stands alone; there is no dialogue. Commands know the devices and places of the catalogue only.
- Slips of speech recognition are imitated from lists of sounds alike, not recorded."""


def card(found: Counted) -> str:
    """The whole card."""
    parts = (_head, _composition, _patterns, _refusals, _mix, _benchmark, _leaks, _rest)
    return "\n\n".join("\n".join(part(found)) for part in parts) + "\n"


def _head(found: Counted) -> Iterator[str]:
    patterns = ", ".join(f"{_name(lexicon)} {lexicon.patterns:,}" for lexicon in found.stats.lexicons)
    yield "# Smart Home Instruct"
    yield from (
        "",
        "Instructions that people give to a home, each with its canonical command or the reason to refuse it.",
    )
    yield "Composed by a generator from phrase patterns that were written for this purpose, so a set may be as large as"
    yield f"wanted. Phrase patterns: {patterns}."
    yield from ("", "Every figure below was counted by `scenic data card`,")
    yield f"on {date.today().isoformat()}, with scenic-iot {__version__} and seed {found.seed}."
    yield from ("", "```text", *(f"{text}\n    {command}" for text, command in found.examples), "```")
    yield from ("", "## How it is made", "", _MADE)


def _composition(found: Counted) -> Iterator[str]:
    pairs = found.stats.pairs
    yield from ("## Composition", "")
    yield f"Of {pairs.pairs:,} pairs: {pairs.texts:,} different texts, {pairs.distinct_commands:,} different commands,"
    yield f"of which {pairs.once:,} occur once."
    yield ""
    yield from _table(("language", "share"), _shares(pairs.languages, pairs.pairs, _LANGUAGES))
    yield ""
    yield from _table(("difficulty", "share"), _shares(pairs.difficulty, pairs.pairs))
    yield ""
    actions = {"refused" if number == 0 else str(number): times for number, times in pairs.actions.items()}
    yield from _table(("actions", "share"), _shares(actions, pairs.pairs))
    yield ""
    most = dict(list(pairs.kinds.items())[:_KINDS])
    yield from _table(("kind (a pair may be of several)", "share"), _shares(most, pairs.pairs))
    yield ""
    yield from _table(("device", "share of actions"), _shares(pairs.devices, sum(pairs.devices.values())))
    never = [order for order, times in pairs.orders.items() if not times]
    yield ""
    yield f"Orders that the catalogue allows: {len(pairs.orders):,}; not met in these pairs: {len(never):,}."


def _patterns(found: Counted) -> Iterator[str]:
    yield from ("## Phrase patterns", "", "By device and register. A pattern for several devices counts for each.")
    for lexicon in found.stats.lexicons:
        yield from ("", f"{_name(lexicon)}, {lexicon.patterns:,} different patterns, refusals among them:", "")
        total = ("all", *(f"{lexicon.registers[register]:,}" for register in REGISTERS), f"{lexicon.patterns:,}")
        rows = [
            (device, *(f"{registers[register]:,}" for register in REGISTERS), f"{sum(registers.values()):,}")
            for device, registers in sorted(lexicon.devices.items(), key=lambda item: -sum(item[1].values()))
        ]
        yield from _table(("device", *REGISTERS, "together"), [*rows, total])


def _refusals(found: Counted) -> Iterator[str]:
    yield from ("## What is refused", "")
    rows = []
    for lexicon in found.stats.lexicons:
        for reason, kinds in lexicon.refusals.items():
            listed = ", ".join(f"{kind} {patterns:,}" for kind, patterns in kinds.items())
            rows.append((_name(lexicon), reason, f"{sum(kinds.values()):,}", f"{len(kinds):,}", listed))
    yield from _table(("language", "reason", "patterns", "kinds", "patterns of each kind"), rows)


def _mix(found: Counted) -> Iterator[str]:
    yield from ("## Shares of the mix", "")
    yield "What the generator is asked for; `instruct/mix.py` says what each is a share of. A file that is written by"
    yield "`scenic data generate` holds no names of a home's own unless asked for."
    mix = Mix()
    values = [(entry.name, getattr(mix, entry.name)) for entry in fields(Mix)]
    listed = [(name, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)) for name, value in values]
    yield ""
    yield from _table(("part", "share"), listed)


def _benchmark(found: Counted) -> Iterator[str]:
    note, kept = found.note, found.kept
    yield from ("## The benchmark and what is withheld for it", "")
    yield f"Smart Home Instruct-Bench holds {note['rows']:,} rows, frozen with seed {note['seed']} and known by SHA-256"
    yield f"`{note['sha256']}`. `scenic data benchmark` checks that, and `scenic bench instruct` scores a model on it."
    yield ""
    rows = [(name, f"{rows:,}", _SECTIONS.get(name, "")) for name, rows in note["sections"].items()]
    yield from _table(("section", "rows", "every row"), rows)
    yield ""
    for title in ("languages", "difficulty"):
        yield f"{title.capitalize()}: {', '.join(f'{name} {rows:,}' for name, rows in note[title].items())}."
    yield ""
    yield f"Training never sees {note['patterns withheld']:,} of the phrase patterns, nor certain pairs of orders,"
    yield f"numbers and clock times. Of {kept.made:,} pairs made without regard to that,"
    yield f"{_share(kept.pairs, kept.made)} are kept from training:"
    yield ""
    reasons = [(_KEPT.get(name, name), _share(times, kept.made)) for name, times in kept.reasons.most_common()]
    yield from _table(("because of", "share (a pair may have several reasons)"), reasons)


def _leaks(found: Counted) -> Iterator[str]:
    leaks = found.leaks
    yield from ("## Leakage", "")
    yield f"All {leaks.test_rows:,} rows of the benchmark against {leaks.train_rows:,} pairs of what is trained on"
    yield f"(`scenic data audit`): {leaks.leaked_rows:,} rows leaked."
    yield ""
    rows = [
        ("the same text", leaks.exact.count),
        ("the same text once normalised", leaks.normalised.count),
        (f"nearly the same: 3-gram Jaccard of {leaks.threshold:g} or more", leaks.near.count),
        ("withheld patterns that training uses", leaks.patterns.count),
        ("one text under two answers", leaks.conflicts.count),
    ]
    yield from _table(("found", "times"), [(name, f"{times:,}") for name, times in rows])


def _rest(_: Counted) -> Iterator[str]:
    yield from ("## Known limits", "", _LIMITS, "", "## Licence", "", "Apache-2.0, as the software.")


def _name(lexicon: LexiconStats) -> str:
    return _LANGUAGES.get(lexicon.language, lexicon.language)


def _share(times: int, whole: int) -> str:
    return f"{times / max(whole, 1):.1%}"


def _shares(counts: Mapping[str, int], whole: int, names: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    return [((names or {}).get(name, name), _share(times, whole)) for name, times in counts.items()]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
