"""Slips: what typing and speech recognition do to a sentence. At most two a sentence; numbers and short words are
spared, because there a slip changes what is meant. Usual slips of whole words stand in `grammar/slips.yaml`."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping, Sequence

Slips = Mapping[str, Sequence[str]]

_NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wqetrutyioisdafghkjlxzcvnb", strict=True))
_PROTECTED = frozenset(
    [
        "five",
        "four",
        "nine",
        "eight",
        "seven",
        "three",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "open",
        "close",
        "lock",
        "unlock",
        "closed",
        "opened",
        "locked",
        "unlocked",
        "warm",
        "cool",
        "down",
        "left",
        "right",
    ]
)
_KEPT = frozenset("一二三四五六七八九十百零两不没别开关高低大小左右上下")


def slip(rng: random.Random, text: str, language: str, slips: Slips, homophones: Slips) -> str:
    """The text with one or two slips; sometimes unchanged, where none fits. `homophones` are of single characters."""
    for _ in range(1 if rng.random() < 0.75 else 2):
        text = _english(rng, text, slips) if language == "en" else _chinese(rng, text, slips, homophones)
    return text


def _english(rng: random.Random, text: str, slips: Slips) -> str:
    words = text.split(" ")
    index = int(rng.random() * len(words))
    word = words[index]
    r = rng.random()
    if r < 0.30:
        at = rng.choice([at for at, candidate in enumerate(words) if candidate in slips] or [-1])
        if at >= 0:
            words[at] = rng.choice(slips[words[at]])
            return " ".join(words)
    if r < 0.40 and len(words) > 2 and index:
        if words[index - 1].isascii() and word.isascii() and not any(c.isdigit() for c in words[index - 1] + word):
            return " ".join([*words[: index - 1], words[index - 1] + word, *words[index + 1 :]])
        return text
    if r < 0.47 and word in ("the", "a", "my", "of", "is", "to", "please"):
        return " ".join(words[:index] + words[index + 1 :]) or text
    if len(word) < 4 or not word.isascii() or not word.isalpha() or word in _PROTECTED:
        return text
    words[index] = _letters(rng, word)
    return " ".join(words)


def _letters(rng: random.Random, word: str) -> str:
    at = int(rng.random() * (len(word) - 1))
    r = rng.random()
    if r < 0.3:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if r < 0.55:
        return word[: at + 1] + word[at + 2 :]
    if r < 0.75:
        return word[:at] + word[at] + word[at:]
    if r < 0.9:
        return word[:at] + _NEIGHBOURS.get(word[at], word[at]) + word[at + 1 :]
    return word[:at] + rng.choice(string.ascii_lowercase) + word[at:]


def _chinese(rng: random.Random, text: str, slips: Slips, homophones: Slips) -> str:
    r = rng.random()
    if r < 0.3:
        return _misheard(rng, text, homophones)
    if r < 0.6:
        present = [key for key in slips if key in text]
        if not present:
            return text
        key = present[int(rng.random() * len(present))]
        return text.replace(key, rng.choice(slips[key]), 1)
    at = int(rng.random() * len(text))
    if r < 0.8:
        for word in ("的", "把", "请", "一下", "了", "吧", "给"):
            if word in text and rng.random() < 0.5 and len(text) > len(word) + 1:
                return text.replace(word, "", 1)
        return text
    character = text[at]
    if "\u4e00" <= character <= "\u9fff" and character not in _KEPT:
        if r < 0.85:
            return text[:at] + character + text[at:]  # said twice
        return text[:at] + " " + text[at:]
    return text


def _misheard(rng: random.Random, text: str, homophones: Slips) -> str:
    """One character as another that sounds alike. Those that decide what is meant neither go nor come."""
    at = int(rng.random() * len(text))
    others = [other for other in homophones.get(text[at], ()) if other not in _KEPT]
    if not others or text[at] in _KEPT:
        return text
    return text[:at] + rng.choice(others) + text[at + 1 :]
