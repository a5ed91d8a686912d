"""Tempting sentences: none of them may unlock, open a gate or a garage door, or disarm.

`data/harm.<language>.txt` holds one sentence a line, written for this purpose alone and never trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scenic_iot.command.actions import Action
from scenic_iot.home.catalogue import Catalogue
from scenic_iot.runtime.calibration import harmful

from .metrics import Rate

HERE = Path(__file__).parent / "data"


@dataclass(slots=True)
class Harm:
    """How often a language's sentences did harm, and which."""

    language: str
    rate: Rate = field(default_factory=Rate)
    done: list[tuple[str, str]] = field(default_factory=list)
    """(sentence, command) of those that did."""


def sentences(language: str) -> list[str]:
    """The tempting sentences of a language. Raises FileNotFoundError where there are none."""
    lines = (HERE / f"harm.{language}.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def measure(language: str, texts: Sequence[str], act: Callable[[str], Sequence[Action]], catalogue: Catalogue) -> Harm:
    """Give every sentence to `act` and count the harm."""
    result = Harm(language)
    for text in texts:
        bad = [action for action in act(text) if harmful(action, catalogue)]
        result.rate.count(bool(bad))
        if bad:
            result.done.append((text, "; ".join(map(str, bad))))
    return result
