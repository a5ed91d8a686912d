"""What all baselines share: how they are made, the pairs they may learn from, and a home's names.

Each is given what the model is given: names are found in the sentence by the same finder, and a command for something
that the home lacks is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from scenic_iot.bench.evaluate import Ranker
from scenic_iot.command.errors import CommandError
from scenic_iot.command.parse import parse
from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.finder import Finder, Found
from scenic_iot.home.homefile import Home
from scenic_iot.runtime.pipeline import UNPLACED
from scenic_iot.text.normalise import normalise

REFUSED = "reject out_of_scope"
_PLACEHOLDER = re.compile(r"([@-]?)#(\d+)")


@dataclass(frozen=True, slots=True)
class Given:
    """What baselines are made from. `pairs` are training pairs as (normalised text, command), with placeholders for a
    home's names; `model` is a bundle's folder, None the packaged one."""

    catalogue: Catalogue
    pairs: tuple[tuple[str, str], ...]
    model: Path | None = None


class Peer(Protocol):
    """A baseline, ready to be asked in any home."""

    def ranker(self, home: Home | None) -> Ranker:
        """What ranks commands for the sentences of a home; None is a home that has everything."""
        ...


def reader(home: Home | None, catalogue: Catalogue) -> Callable[[str], Found]:
    """Normalises a sentence and puts placeholders in the stead of the home's names."""
    finder = Finder(home, catalogue) if home is not None else None

    def read(text: str) -> Found:
        plain = normalise(text)
        return finder.find(plain) if finder is not None else Found(plain)

    return read


def named(command: str, found: Found) -> str | None:
    """A command with the names of a sentence in place of its placeholders; None where the sentence has too few."""
    try:
        return _PLACEHOLDER.sub(
            lambda match: match[1] + (found.areas if match[1] else found.names)[int(match[2]) - 1], command
        )
    except IndexError:
        return None


def fit(command: str, catalogue: Catalogue, home: Home | None) -> str:
    """The command, or its refusal where it cannot be: the catalogue has no such thing, or the home lacks it."""
    try:
        actions = parse(command, catalogue, home).actions
    except CommandError:
        return "reject unsupported"
    if home is None:
        return command
    here = (a.device in home.devices or a.device in UNPLACED or home.has(a.device, a.area) for a in actions)
    return command if all(here) else "reject unsupported"
