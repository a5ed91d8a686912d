"""A model on the frozen benchmark: by section, difficulty and language, and all together."""

from __future__ import annotations

from collections.abc import Sequence

from scenic_iot.instruct.pairfile import Progress, silent
from scenic_iot.runtime.bundle import Bundle
from scenic_iot.runtime.pipeline import Interpreter

from .evaluate import Answer, Score, answers, ranker, tally
from .sets import GoldSet

GROUPS = ("easy", "medium", "hard", "zh", "en")
_EVERY = 20


def score_sections(
    bundle: Bundle, sections: Sequence[GoldSet], beams: int = 5, progress: Progress = silent
) -> list[Score]:
    """A score for each section, then for each difficulty and language, then for the whole. Each row is asked once."""
    total = sum(len(section.rows) for section in sections)
    every: list[Answer] = []
    scores = []
    for section in sections:
        begun = len(every)
        for answer in answers(section.rows, ranker(Interpreter(bundle, section.home, beams=beams))):
            every.append(answer)
            if len(every) % _EVERY == 0 or len(every) == total:
                progress("rows", len(every), total)
        scores.append(tally(section.name, every[begun:]))
    scores += [tally(group, (answer for answer in every if group in answer.row.kinds)) for group in GROUPS]
    return [*scores, tally("all", every)]
