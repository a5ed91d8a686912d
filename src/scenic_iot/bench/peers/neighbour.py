"""The nearest neighbour: the commands of the training texts most alike in character n-grams (TF-IDF, cosine)."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from scenic_iot.bench.evaluate import Ranker
from scenic_iot.home.homefile import Home

from .base import REFUSED, Given, fit, named, reader

BEST = 5
_LOOKED_AT = 50
"""So many neighbours are looked at for five different commands."""


class Neighbour:
    """An index of the training texts. Takes some ten seconds and a few hundred MB for 100,000."""

    def __init__(self, given: Given) -> None:
        self._catalogue = given.catalogue
        self._commands = [command for _, command in given.pairs]
        self._vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), dtype=np.float32)
        # by n-gram, so that a sentence touches the n-grams it has and no others
        self._postings = self._vectors.fit_transform([text for text, _ in given.pairs]).T.tocsr()

    def ranker(self, home: Home | None) -> Ranker:
        """Five different commands, of the nearest texts first; a refusal where nothing is alike."""
        read = reader(home, self._catalogue)

        def rank(text: str) -> list[str]:
            found = read(text)
            alike = self._vectors.transform([found.text]) @ self._postings
            ranked: list[str] = []
            for place in alike.indices[np.argsort(-alike.data, kind="stable")[:_LOOKED_AT]]:
                command = named(self._commands[place], found)
                if command is not None:
                    command = fit(command, self._catalogue, home)
                    if command not in ranked:
                        ranked.append(command)
            return ranked[:BEST] or [REFUSED]

        return rank


make = Neighbour
