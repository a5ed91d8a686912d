"""Refusing what nobody thought of: sentences of the kinds that a model was trained without."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenic_iot.instruct.generate import pairs
from scenic_iot.instruct.mix import Mix
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.instruct.withheld import NOTHING

from .metrics import Rate

SEED = 30_000_001
"""A seed that no recipe uses."""
_REFUSALS = Mix(name=0.0, out_of_scope=0.7, unsupported=0.2, ambiguous=0.1, slip=0.0)


@dataclass(slots=True)
class Kinds:
    """How many sentences were refused, in all and by kind, and some that were not."""

    refused: Rate = field(default_factory=Rate)
    kinds: dict[str, Rate] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)
    """(sentence, command) of those that were obeyed."""


def measure(
    config: Mapping[str, Any], answer: Callable[[str], str], count: int = 2000, progress: Progress = silent
) -> Kinds:
    """Give `count` different sentences, of the kinds that the model of `config` never saw, to `answer`.

    Raises ValueError where the model's recipe keeps no kinds from training.
    """
    without = set(config["recipe"]["data"].get("without", ()))
    if not without:
        raise ValueError(f"{config['name']} was trained on every kind; recipes/kinds.yaml shows how to keep some back")
    found, seen = Kinds(), set[str]()
    for pair in pairs(SEED, 400 * count, mix=_REFUSALS, withheld=NOTHING):
        kinds = sorted(without.intersection(pair.kinds))
        if not kinds or pair.text in seen:
            continue
        seen.add(pair.text)
        command = answer(pair.text)
        refused = command.startswith("reject ")
        found.refused.count(refused)
        for kind in kinds:
            found.kinds.setdefault(kind, Rate()).count(refused)
        if not refused:
            found.done.append((pair.text, command))
        if len(seen) % 50 == 0:
            progress("sentences", len(seen), count)
        if len(seen) == count:
            break
    return found
