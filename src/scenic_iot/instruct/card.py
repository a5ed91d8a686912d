"""What the data set's card tells of Smart Home Instruct, counted when it is asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .audit import Audit
from .audit import audit as compare
from .frozen import check_frozen
from .generate import Pair, pairs
from .lexicon import LANGUAGES
from .mix import Mix
from .pairfile import Progress, Row, read_rows, silent
from .stats import Stats, stats
from .withheld import FOLDER, NOTHING, ROWS, packaged

PLAIN = Mix(name=0.0)
"""As the pairs of a file are made: without a home's own names."""
_EXAMPLES = 12
_EVERY = 500


@dataclass(slots=True)
class Kept:
    """How many pairs of those that could be made are kept from training, and why; a pair may have several reasons."""

    made: int = 0
    pairs: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Counted:
    """The card's figures. `note` is the benchmark's, `leaks` compares it with training pairs."""

    seed: int
    stats: Stats
    kept: Kept
    note: Mapping[str, Any]
    leaks: Audit
    examples: Sequence[tuple[str, str]]


def count(seed: int, composed: int, audited: int, progress: Progress = silent) -> Counted:
    """Count the lexicon and `composed` pairs, and compare the benchmark with `audited` pairs of what is trained on.

    Raises BenchmarkError where the benchmark is not as it was frozen, LexiconError for a lexicon that is wrong.
    """
    note = check_frozen()
    kept = Kept()
    found = stats(_trained(seed, composed, kept, progress))
    test = []
    for row in (row for name in ROWS for row in read_rows(FOLDER / name, progress)):
        # a row may also be made of patterns that are not withheld: only those that are must not be met in training
        test.append(replace(row, phrases=tuple(phrase for phrase in row.phrases if phrase in packaged().patterns)))
    train = []
    for number, pair in enumerate(pairs(seed, audited, mix=PLAIN), 1):
        train.append(Row(pair.text, pair.command, "command", number, (), pair.phrases))
        if number % _EVERY == 0 or number == audited:
            progress("training pairs", number, audited)
    leaks = compare(train, test, examples=0, progress=progress)
    examples = [(pair.text, pair.command) for pair in pairs(seed, _EXAMPLES, mix=PLAIN)]
    return Counted(seed, found, kept, note, leaks, examples)


def _trained(seed: int, made: int, kept: Kept, progress: Progress) -> Iterator[Pair]:
    """Of so many pairs made, those that may be trained on."""
    withheld = packaged()
    for pair in pairs(seed, made, LANGUAGES, PLAIN, withheld=NOTHING):
        reasons = withheld.reasons(pair)
        kept.made += 1
        kept.pairs += bool(reasons)
        kept.reasons.update(reasons)
        if not reasons:
            yield pair
        if kept.made % _EVERY == 0 or kept.made == made:
            progress("pairs", kept.made, made)
