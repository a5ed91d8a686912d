"""What goes around a sentence: politeness, wake words, fillers, slips."""

from __future__ import annotations

import random

from .draw import pick
from .lexicon import Lexicon
from .mix import Mix
from .noise import slip
from .nounphrase import Context

_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwxz", "aeiou"
_NAME_CHARACTERS = "小大阿老乐琪米豆贝多宝点星月云雨晴朵妞妮欧丽娜可莉奥艾伊菲安卡罗拉维洛尼科达飞龙龟虎雷萌"


class Dress:
    """Dresses the sentences of one language."""

    def __init__(self, lexicon: Lexicon, mix: Mix) -> None:
        self.language, self.mix = lexicon.language, mix
        talk = lexicon.grammar["talk"]
        self._frames = talk["frames"]
        self._wake, self._made_up = talk["wake"], talk["wake_made_up"]
        self._ends, self._fillers = talk["wake_end"], talk["filler"]
        self._slips = lexicon.grammar.get("slips", {})
        self._homophones = lexicon.grammar.get("homophones", {})
        self._gap = " " if self.language == "en" else ""

    def frame(self, rng: random.Random, context: Context, text: str) -> str:
        """A bare imperative, asked politely."""
        context.kinds.add("polite")
        return pick(rng, self._frames).replace("{order}", text)

    def around(self, rng: random.Random, context: Context, text: str) -> str:
        """Wake words, fillers and slips around a sentence."""
        mix = self.mix
        if rng.random() < mix.wake:
            context.kinds.add("wake")
            r = rng.random()
            if r < 0.55:
                text = pick(rng, self._wake) + " " + text
            elif r < 0.78:
                text = pick(rng, self._made_up).replace("{x}", self._made_up_name(rng)) + " " + text
            else:
                end = pick(rng, self._ends).replace("{x}", self._made_up_name(rng))
                text = text + (self._gap if end[:1] > "\x7f" else " ") + end
        if rng.random() < mix.filler:
            text = pick(rng, self._fillers) + " " + text
        if rng.random() < mix.slip:
            context.kinds.add("slip")
            text = slip(rng, text, self.language, self._slips, self._homophones)
        return text

    def _made_up_name(self, rng: random.Random) -> str:
        """A wake name nobody has heard, so that unknown words around an order are learned as such."""
        if self.language == "zh" and rng.random() < 0.7:
            return "".join(rng.choice(_NAME_CHARACTERS) for _ in range(rng.choice((2, 2, 3))))
        if rng.random() < 0.3:  # as Anna, Otto, Ally
            return rng.choice(_VOWELS) + 2 * rng.choice("bdlmnpst") + rng.choice(("a", "o", "y", "ie"))
        syllables = rng.choice((1, 2, 2, 3))
        return "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(syllables)) + rng.choice(
            ("", "", "n", "x", "ly", "r")
        )
