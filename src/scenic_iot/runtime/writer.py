"""From a prompt to a response: bundles whose models write text instead of commands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenic_iot.text.normalise import normalise
from scenic_iot.text.pieces import BOS, EOS, Pieces, PiecesError
from scenic_iot.text.tokenizer import Tokenizer, TokenizerError

from .bundle import TEXT, BundleError, Layout, layout_of, read_config
from .decode import beam_search
from .result import Alternative
from .session import Session
from .written import automaton


@dataclass(frozen=True, slots=True)
class TextBundle:
    """A checked bundle of this kind. `config` is all of `config.json`."""

    path: Path
    tokenizer: Tokenizer = field(repr=False)
    pieces: Pieces = field(repr=False)
    config: Mapping[str, Any] = field(repr=False)

    @property
    def layout(self) -> Layout:
        """The names of its files."""
        return layout_of(self.config)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; named as a `Result` is. `alternatives` are up to four, best first."""

    text: str
    command: str
    """The response; empty where none was found."""
    confidence: float
    alternatives: tuple[Alternative, ...] = ()

    def spoken(self) -> str:
        """What to say back: the response."""
        return self.command

    def to_json(self) -> dict[str, Any]:
        """The object that `scenic run --jsonl` writes."""
        return {
            "text": self.text,
            "response": self.command,
            "confidence": round(self.confidence, 4),
            "alternatives": [{"response": a.command, "confidence": round(a.confidence, 4)} for a in self.alternatives],
        }


class Writer:
    """Answers prompts with one bundle. Not for use by several threads at once."""

    def __init__(self, bundle: TextBundle, *, beams: int = 5, threads: int = 1) -> None:
        self.bundle, self.beams = bundle, beams
        self._grammar = automaton(bundle.pieces)
        self._session = Session(bundle, threads)

    def __call__(self, text: str) -> Reply:
        """The response to a prompt. Takes any string; never fails on its content."""
        model = self.bundle.config["model"]
        tokens = self.bundle.tokenizer.encode(normalise(text))[: model["max_source"]]
        hypotheses = beam_search(
            self._session.read(tokens),
            self._grammar,
            0,
            begin=BOS,
            end=EOS,
            beams=self.beams,
            longest=model["max_target"],
        )
        ranked: dict[str, float] = {}
        for hypothesis in hypotheses:
            response = self.bundle.pieces.decode(hypothesis.symbols)
            ranked[response] = ranked.get(response, 0.0) + math.exp(hypothesis.score)
        (best, confidence), *others = ranked.items() or [("", 0.0)]
        return Reply(text, best, min(confidence, 1.0), tuple(Alternative(r, p) for r, p in others[:4]))


def load_writer(path: Path, *, beams: int = 5, threads: int = 1) -> Writer:
    """A writer with the bundle in a folder. Raises BundleError."""
    config = read_config(path)
    if config.get("writes") != TEXT:
        raise BundleError(f"{path} writes commands, not text")
    layout = layout_of(config)
    try:
        tokenizer = Tokenizer.load(path / layout.tokenizer)
        pieces = Pieces.from_json((path / layout.pieces).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, PiecesError, TokenizerError) as reason:
        raise BundleError(f"{path}: {reason}") from reason
    return Writer(TextBundle(path, tokenizer, pieces, config), beams=beams, threads=threads)
