"""The dictionary: a sentence is understood if a training pair has it word for word, once normalised."""

from __future__ import annotations

from scenic_iot.bench.evaluate import Ranker
from scenic_iot.home.homefile import Home

from .base import REFUSED, Given, fit, named, reader


class Dictionary:
    """Training texts with their commands."""

    def __init__(self, given: Given) -> None:
        self._catalogue = given.catalogue
        self._commands: dict[str, str] = {}
        for text, command in given.pairs:
            self._commands.setdefault(text, command)

    def ranker(self, home: Home | None) -> Ranker:
        """One command, or a refusal where the sentence is unknown."""
        read = reader(home, self._catalogue)

        def rank(text: str) -> list[str]:
            found = read(text)
            command = named(self._commands.get(found.text, REFUSED), found)
            return [fit(command or REFUSED, self._catalogue, home)]

        return rank


make = Dictionary
