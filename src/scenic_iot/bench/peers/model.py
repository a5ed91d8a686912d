"""The bundle itself, for comparison."""

from __future__ import annotations

from scenic_iot.bench.evaluate import Ranker, ranker
from scenic_iot.home.homefile import Home
from scenic_iot.runtime.bundle import load_bundle
from scenic_iot.runtime.pipeline import Interpreter

from .base import Given


class Model:
    """A bundle, with five beams."""

    def __init__(self, given: Given) -> None:
        self._bundle = load_bundle(given.model)

    def ranker(self, home: Home | None) -> Ranker:
        """The interpreter's command and alternatives."""
        return ranker(Interpreter(self._bundle, home))


make = Model
