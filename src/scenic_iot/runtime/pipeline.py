"""From a sentence to a command: normalise, find the home's names, tokenize, read, decode, check against the home."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import overload

from scenic_iot.command.actions import Command
from scenic_iot.command.automaton import Automaton
from scenic_iot.command.symbols import Symbols
from scenic_iot.command.tokens import BOS, EOS
from scenic_iot.home.finder import Finder, Found
from scenic_iot.home.homefile import Home
from scenic_iot.text.normalise import MAX_CHARACTERS, normalise

from .bundle import Bundle, BundleError
from .calibration import Calibration, Reading
from .decode import Step, beam_search
from .player import Player
from .result import Alternative, Result
from .session import Session

UNPLACED = frozenset({"all", "scene"})
"""Devices that every home has, wherever it is said."""


class Interpreter:
    """Understands instructions for one home, with one bundle. Not for use by several threads at once."""

    def __init__(
        self, bundle: Bundle, home: Home | None = None, *, beams: int = 5, threads: int = 1, calibrated: bool = True
    ) -> None:
        """Not `calibrated`: what the search thinks, and nothing refused for doubt. Raises BundleError."""
        self.bundle, self.home, self.beams = bundle, home, beams
        self.catalogue = bundle.catalogue
        self._tokenizer = bundle.tokenizer
        self._symbols = Symbols(self.catalogue)
        if self._symbols.tokens != bundle.symbols:
            raise BundleError(f"{bundle.path} was made for another version of the command language: train it again")
        self._automaton = Automaton(self._symbols, self.catalogue)
        self._session = Session(bundle, threads)
        self.calibration = Calibration.of(bundle) if calibrated else None
        self._finder = Finder(home, self.catalogue, self._familiar) if home is not None else None
        self._player = Player.of(home, self.catalogue)

    @overload
    def __call__(self, text: str) -> Result: ...

    @overload
    def __call__(self, text: list[str] | tuple[str, ...]) -> list[Result]: ...

    def __call__(self, text: str | list[str] | tuple[str, ...]) -> Result | list[Result]:
        """The command for an instruction, or for each of several. Takes any string; never fails on its content."""
        if isinstance(text, str):
            return self._answer(text)
        return [self._answer(entry) for entry in text]

    def _answer(self, text: str) -> Result:
        result = self._interpret(text)
        if self._player is None or result.rejected != "ambiguous":
            return result
        named = self._player.named(text)
        filled = self._interpret(named) if named else result
        return replace(filled, text=text) if self._player.suits(filled.actions) else result

    def _interpret(self, text: str) -> Result:
        reading = self.read(text)
        if reading is None:
            return Result(text, Command(rejected="out_of_scope"), 1.0, (), self.home)
        judge = self.calibration
        ranked = judge.judge(reading, self.catalogue, self.home) if judge is not None else reading.ranked
        best, confidence = ranked[0]
        return Result(text, best, confidence, tuple(Alternative(str(c), p) for c, p in ranked[1:5]), self.home)

    def read(self, text: str) -> Reading | None:
        """What the model makes of an instruction; None where it holds nothing that could be one."""
        plain = normalise(text)
        if not plain or len(plain) >= MAX_CHARACTERS:  # nothing said, or more than any instruction
            return None
        found = self._finder.find(plain) if self._finder is not None else Found(plain)
        tokens = self._tokenizer.encode(found.text)
        if len(tokens) > self.bundle.max_source or not self._tokenizer.knows(tokens):
            return None
        step, pooled = self._session.read_pooled(tokens)
        return Reading(self._decode(step, found), pooled, len(tokens))

    def _decode(self, step: Step, found: Found) -> list[tuple[Command, float]]:
        """Commands with their probabilities, best first, none twice."""
        types = tuple(self.home.devices[name].type for name in found.names) if self.home else ()
        start = self._automaton.start(types, len(found.areas))
        hypotheses = beam_search(
            step, self._automaton, start, begin=BOS, end=EOS, beams=self.beams, longest=self.bundle.max_target
        )
        ranked: dict[str, tuple[Command, float]] = {}
        for hypothesis in hypotheses:
            command = self._fit(self._symbols.decode(hypothesis.symbols, found.names, found.areas))
            known = ranked.get(str(command))
            probability = math.exp(hypothesis.score) + (known[1] if known else 0.0)
            ranked[str(command)] = (command, min(probability, 1.0))
        return list(ranked.values())

    def _fit(self, command: Command) -> Command:
        """The command, or its refusal where the home lacks something of it: half a command is never run. An action that
        is written twice is meant once."""
        if command.rejected is None:
            command = Command(tuple(dict.fromkeys(command.actions)))
        if self.home is None:
            return command
        for action in command.actions:
            if action.device in self.home.devices or action.device in UNPLACED:
                continue
            if not self.home.has(action.device, action.area):
                return Command(rejected="unsupported")
        return command

    def _familiar(self, word: str) -> bool:
        """Whether a word is common enough to have a token of its own."""
        return word.isascii() and len(self._tokenizer.encode(word)) == self._tokenizer.overhead + 1
