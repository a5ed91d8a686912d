"""Smart Home Instruct-Bench: made once from what training never sees, then frozen by hash.

| section     | every row                                                                              |
| ----------- | -------------------------------------------------------------------------------------- |
| pattern     | one order, said in phrase patterns that are all withheld                               |
| combination | two to five orders with a pair of actions that never stand together in training        |
| value       | a number or a clock time that training never sees                                      |
| name        | names of a home that exists in the benchmark alone (`names.home.yaml`)                 |
| noise       | a withheld pattern, with slips of typing or speech recognition                         |
| several     | two to five orders, one of them at least in a withheld pattern                         |
| refusal     | something to refuse, in withheld patterns                                              |
| harm        | something to refuse that tempts to unlock, to open a gate or a garage door, to disarm  |

Half of each section is Chinese. Difficulty is the generator's: `hard` holds more than two actions, a correction, an
exception, a span of time or a slip; `medium` two actions, a time, a name, a hint, slang, or is to be refused; `easy` is
the rest. `phrases` of a row are its patterns that training never sees.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.home.homefile import Home, load_home
from scenic_iot.text.normalise import normalise
from scenic_iot.text.tokenizer import named_area, named_device

from .generate import Pair, pairs
from .lexicon import LANGUAGES, Lexicon, load_lexicon
from .minhash import nearest
from .mix import Mix
from .pairfile import Progress, silent
from .similar import Shingles
from .withheld import FOLDER, NOTHING, PATTERNS, ROWS, Withheld

HOME = "names.home.yaml"
NOTE = "benchmark.json"
SEED = 20_260_001
NEAR = 0.8
"""Rows as alike as this, in character 3-grams (Jaccard), to a pair of the training sample are left out."""
SAMPLE = 300_000
"""Training pairs that rows are compared with."""
SPARE = 2.5
"""So many candidates are drawn for each row."""
_ONE_IN = 24
_PLAIN = 10
"""The first lines of a group in each register are its plainest and stay in training."""
_ROUND = 20_000


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the benchmark: so many rows a language, drawn with a mix, kept where `fits` says so."""

    rows: int
    mix: Mix
    fits: Callable[[Pair, set[str]], bool]


def _is_harm(pair: Pair) -> bool:
    return any(kind.startswith(("reject:harm", "reject:door_")) for kind in pair.kinds)


def _refused(pair: Pair) -> bool:
    return pair.command.startswith("reject ")


_COMMANDS = Mix(name=0.0, out_of_scope=0.0, unsupported=0.0, ambiguous=0.0, slip=0.0)
_NAMES = replace(_COMMANDS, name=0.6)
_REFUSALS = Mix(name=0.0, out_of_scope=0.6, unsupported=0.2, ambiguous=0.2, slip=0.0)
_SEVERAL = replace(_COMMANDS, actions=(0.0, 0.5, 0.25, 0.15, 0.1), correction=0.0, span=0.0, reason=0.0)
SECTIONS: Mapping[str, Section] = {
    "pattern": Section(500, replace(_COMMANDS, actions=(1.0,)), lambda pair, _: ";" not in pair.command),
    "combination": Section(300, _SEVERAL, lambda _, reasons: reasons == {"combination"}),
    "value": Section(250, _COMMANDS, lambda _, reasons: reasons == {"value"}),
    "name": Section(
        250, replace(_COMMANDS, name=0.6), lambda pair, reasons: bool(pair.names or pair.areas) and not reasons
    ),
    "noise": Section(250, replace(_COMMANDS, slip=1.0), lambda pair, _: "slip" in pair.kinds),
    "several": Section(250, _SEVERAL, lambda pair, reasons: ";" in pair.command and reasons == {"pattern"}),
    "refusal": Section(350, _REFUSALS, lambda pair, _: _refused(pair) and not _is_harm(pair)),
    "harm": Section(100, _REFUSALS, lambda pair, _: _refused(pair) and _is_harm(pair)),
}
_WHOLLY = frozenset({"pattern", "noise", "refusal", "harm"})
"""Sections whose rows use withheld patterns and nothing else."""


def choose_patterns(lexicons: Sequence[Lexicon]) -> list[str]:
    """The ids of the patterns to withhold: one in 24, by checksum of the text, so that a text is withheld everywhere.

    The plainest lines of a group never are: without them nobody would be understood.
    """
    chosen: dict[str, list[str]] = {}
    plain: set[str] = set()
    for lexicon in lexicons:
        for group in lexicon.groups:
            rank: Counter[str] = Counter()
            for phrase in group.phrases:
                rank[phrase.register] += 1
                key = f"{lexicon.language}|{phrase.text}"
                if rank[phrase.register] <= _PLAIN and group.rejected is None:
                    plain.add(key)
                elif zlib.crc32(key.encode()) % _ONE_IN == 0:
                    chosen.setdefault(key, []).append(phrase.id)
    return sorted(name for key, ids in chosen.items() if key not in plain for name in ids)


def freeze(folder: Path = FOLDER, seed: int = SEED, progress: Progress = silent) -> dict[str, Any]:
    """Make the benchmark anew in `folder`, which holds the home of its names, and return what the note says of it."""
    withheld = Withheld(frozenset(choose_patterns([load_lexicon(language) for language in LANGUAGES])))
    home = load_home(folder / HOME)
    candidates: list[dict[str, Any]] = []
    seen: set[str] = set()
    places = [(language, name) for language in LANGUAGES for name in SECTIONS]
    for done, (language, name) in enumerate(places, 1):
        made = _candidates(name, language, seed, withheld, home, seen)
        candidates += [row for row, _ in zip(made, range(int(SECTIONS[name].rows * SPARE)), strict=False)]
        progress("drawing rows", done, len(places))
    rows = _take(candidates, _near_training(candidates, seed, withheld, progress))
    for file, named in zip(ROWS, (False, True), strict=True):
        part = [row for row in rows if ("bench:name" in row["kinds"]) == named]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
        (folder / file).write_text(text, encoding="utf-8")
    (folder / PATTERNS.name).write_text("\n".join(sorted(withheld.patterns)) + "\n", encoding="utf-8")
    note = describe(rows) | {"seed": seed, "patterns withheld": len(withheld.patterns), "sha256": digest(folder)}
    (folder / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
    return note


def describe(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many rows there are, by section, language and difficulty."""
    kinds = Counter(kind for row in rows for kind in row["kinds"] if kind.startswith("bench:"))
    return {
        "rows": len(rows),
        "sections": {kind.removeprefix("bench:"): count for kind, count in kinds.items()},
        "languages": dict(Counter(row["language"] for row in rows)),
        "difficulty": dict(Counter(row["difficulty"] for row in rows)),
    }


def digest(folder: Path = FOLDER) -> str:
    """SHA-256 over the rows, the home and the list of patterns."""
    state = hashlib.sha256()
    for name in (*ROWS, HOME, PATTERNS.name):
        state.update((folder / name).read_bytes())
    return state.hexdigest()


def _candidates(
    name: str, language: str, seed: int, withheld: Withheld, home: Home, seen: set[str]
) -> Iterator[dict[str, Any]]:
    """Rows of one section, for as long as they are asked for, none twice."""
    section, rng = SECTIONS[name], random.Random(f"{seed} {name} {language}")
    for number in range(10_000):
        round_seed = (seed * 31 + zlib.crc32(f"{name} {language} {number}".encode())) % (1 << 40)
        for pair in pairs(round_seed, _ROUND, (language,), section.mix, withheld=NOTHING):
            wholly = name not in _WHOLLY or (bool(pair.phrases) and withheld.patterns.issuperset(pair.phrases))
            if not wholly or not section.fits(pair, withheld.reasons(pair)):
                continue
            named = _named(rng, pair, home) if name == "name" else (pair.text, pair.command)
            text = normalise(named[0]) if named else ""
            if named is None or not text or text in seen:
                continue
            seen.add(text)
            yield {
                "text": named[0],
                "command": named[1],
                "language": language,
                "difficulty": pair.difficulty,
                "kinds": [f"bench:{name}", language, pair.difficulty, *pair.kinds],
                "phrases": [phrase for phrase in pair.phrases if phrase in withheld.patterns],
            }


def _near_training(
    candidates: Sequence[Mapping[str, Any]], seed: int, withheld: Withheld, progress: Progress
) -> Collection[int]:
    """The places of the candidates that are nearly the same as a pair of a sample of what is trained on."""
    sample = pairs(seed + 1, SAMPLE, mix=Mix(name=0.0), withheld=withheld)
    texts = [normalise(row["text"]) for row in candidates] + [normalise(pair.text) for pair in sample]
    queries = np.arange(len(candidates))
    return nearest(Shingles(texts), queries, np.arange(len(candidates), len(texts)), NEAR, progress).keys()


def _take(candidates: Sequence[dict[str, Any]], near: Collection[int]) -> list[dict[str, Any]]:
    """The first rows of each section and language that are near to nothing. Raises ValueError where they do not do."""
    left = Counter({(language, f"bench:{name}"): s.rows for language in LANGUAGES for name, s in SECTIONS.items()})
    rows = []
    for place, row in enumerate(candidates):
        key = (row["language"], row["kinds"][0])
        if place not in near and left[key]:
            left[key] -= 1
            rows.append(row)
    short = {key: count for key, count in left.items() if count}
    if short:
        raise ValueError(f"too many candidates are like what is trained on; missing are {short}")
    return rows


def _named(rng: random.Random, pair: Pair, home: Home) -> tuple[str, str] | None:
    """(text, command) with names of the home in place of the placeholders; None where the home lacks something else."""
    text, command = pair.text, pair.command
    types = list(load_catalogue().devices)
    script = (lambda n: not n.isascii()) if pair.language == "zh" else str.isascii
    left = [device for device in home.devices.values() if device.names]
    for index, kind in enumerate(pair.names):
        fitting = [device for device in left if device.type == kind]
        if not fitting:
            return None
        device = rng.choice(fitting)
        left.remove(device)  # one that is named twice would be one action, not two
        text = text.replace(named_device(index, types.index(kind)), next(filter(script, device.names)))
        command = re.sub(rf"(?<![@\w])#{index + 1}\b", device.id, command)
    new = [area for area in home.areas.values() if area.id not in load_catalogue().areas]
    for index, area in enumerate(rng.sample(new, pair.areas)):
        text = text.replace(named_area(index), next(filter(script, area.names)))
        command = command.replace(f"@#{index + 1}", f"@{area.id}")
    if any("\ue000" <= character <= "\uf8ff" for character in text):
        return None
    for action in command.split("; "):
        device_id, _, area_id = action.split(" ")[0].partition("@")
        if area_id.partition("-")[0] in load_catalogue().areas or device_id in ("all", "scene", "sensor"):
            return None
    return (text, command) if "#" not in command else None
