"""What each set is worth: the model beside baselines that need no model, on every set, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scenic_iot.home.catalogue import Catalogue
from scenic_iot.instruct.generate import pairs
from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.text.normalise import normalise

from .evaluate import Answer, Score, answers, tally
from .peers.base import Given, Peer
from .publish import machine
from .sets import GoldSet

PEERS = {
    "dictionary": "dictionary",
    "neighbour": "neighbour",
    "names": "pattern",
    "hassil": "sentences",
    "model": "model",
}
"""Baseline -> the module of `peers` that makes it. A module is imported when its turn comes: some need libraries of the
extra `bench`."""
ABOUT = {
    "dictionary": "the sentence stands in a training pair, word for word once normalised",
    "neighbour": "the commands of the nearest training pairs, by TF-IDF of 2 to 4 characters",
    "names": "a regular expression of the catalogue's names",
    "hassil": "Home Assistant's own sentences, recognised by hassil",
    "model": "the bundle, five beams",
}
_EVERY = 20


@dataclass(frozen=True, slots=True)
class Comparison:
    """`scores`: baseline -> a score for each set, in the same order. `missing`: baseline -> the library it needs."""

    scores: Mapping[str, Sequence[Score]]
    missing: Mapping[str, str]
    about: Mapping[str, Any]
    """Date, machine, seed and number of training pairs, and what else tells which figures these are."""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        scores = {peer: [score.to_json() for score in found] for peer, found in self.scores.items()}
        return {**self.about, "missing": dict(self.missing), "baselines": scores}


def compare(
    sets: Sequence[GoldSet],
    catalogue: Catalogue,
    count: int,
    seed: int,
    model: Path | None = None,
    peers: Sequence[str] = tuple(PEERS),
    about: Mapping[str, str] = MappingProxyType({}),
    progress: Progress = silent,
) -> Comparison:
    """Score baselines on sets. `count` training pairs are made from `seed`; the same give the same scores
    for the same lexicon. `about` is kept with the scores: which bundle, which benchmark.

    Raises BundleError for a bundle that cannot be used.
    """
    made: dict[str, Peer] = {}
    missing: dict[str, str] = {}
    modules = {}
    for name in peers:
        try:
            modules[name] = import_module(f"scenic_iot.bench.peers.{PEERS[name]}")
        except ModuleNotFoundError as error:
            missing[name] = error.name or str(error)
    given = Given(catalogue, _training(seed, count, progress), model)
    for done, (name, module) in enumerate(modules.items(), 1):
        made[name] = module.make(given)
        progress("making baselines", done, len(modules))
    scores = {name: _scores(name, peer, sets, progress) for name, peer in made.items()}
    run = {"date": date.today().isoformat(), "machine": machine(), "seed": seed, "training pairs": count}
    return Comparison(scores, missing, {**run, **about})


def _training(seed: int, count: int, progress: Progress) -> tuple[tuple[str, str], ...]:
    out = []
    for done, pair in enumerate(pairs(seed, count), 1):
        out.append((normalise(pair.text, placeholders=True), pair.command))
        if done % 1000 == 0 or done == count:
            progress("training pairs", done, count)
    return tuple(out)


def _scores(name: str, peer: Peer, sets: Sequence[GoldSet], progress: Progress) -> list[Score]:
    done, total = 0, sum(len(part.rows) for part in sets)
    scores = []
    for part in sets:
        answered: list[Answer] = []
        for answer in answers(part.rows, peer.ranker(part.home)):
            answered.append(answer)
            if len(answered) % _EVERY == 0:
                progress(name, done + len(answered), total)
        done += len(part.rows)
        scores.append(tally(part.name, answered))
    progress(name, total, total)
    return scores
