"""One way of writing for what is said: what a sentence looks like before it is split into tokens.

Kept: letters (lower case, without accents), digits, Chinese characters (simplified), and the marks that carry a
meaning where they stand: `%` `°`, `.` `:` `/` between digits, `-` `+` before a digit, `'` inside a word. Everything
else that is written but not spoken (commas, full stops, question marks, quotes, emoji, control characters) is a space
or nothing. Spaces around Chinese characters go. Numerals stay as they are said: 二十六 is not turned into 26.

Private-use characters stand for the names of a home's devices and areas (see `tokenizer`). They are dropped from what
a user writes, so nobody can forge one; `placeholders=True` keeps them for text into which names were put already.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

MAX_CHARACTERS = 400
PLACEHOLDER_FIRST, PLACEHOLDER_LAST = "\ue000", "\uf8ff"

_TRADITIONAL = Path(__file__).with_name("traditional.txt")
_KEPT = frozenset("%°.,:'/+-~")  # further looked at by _marks
_BEFORE_NFKC = str.maketrans({"º": "°", "˚": "°", "´": "'", "`": "'", "—": " ", "―": " "})
_SAME = {
    "’": "'", "‘": "'", "ʼ": "'", "′": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "−": "-", "⁄": "/", "∶": ":",
    "〜": "~", "∼": "~", "。": " ", "&": " and ", "〇": "零", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d",
    "ł": "l", "ı": "i", "ð": "d", "þ": "th",
}  # fmt: skip
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAS_MARK = re.compile(r"[%°.,:'/+\-~]")
_MARKS = [
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),  # 1,000
    (re.compile(r"(?<=\d) ?([ap])\. ?m\b\.?", re.ASCII), r" \1m"),  # 3 p. m.
    (re.compile(r"\b([a-z])\.(?=[a-z]\b)", re.ASCII), r"\1"),  # t.v.
    (re.compile(r"(?<![a-z])'+|'+(?![a-z])"), ""),  # quotes; kids' room
    (re.compile(r" *(?<=\d) ?: ?(?=\d)"), ":"),  # 10 : 30
    (re.compile(r"(?<=\d) ?~ ?(?=\d)"), "-"),  # 20~25
    (re.compile(r"(?<!\d)[.:/]|[.:/](?!\d)|[,~]|[-+]+(?!\d)"), " "),
    (re.compile(r"(?<=\d) +(?=[%°])"), ""),  # 50 %
    (re.compile(r"° +(?=[cf](?![a-z]))"), "°"),  # 26° c
]
_CLOCK = re.compile(r"(?<=\d) ?([ap]) ?m(?![a-z0-9'])")  # 3pm, 3 p m
_SPELLED = re.compile(r"\b(?:t v|a c|h d m i|l e d)\b", re.ASCII)  # letter by letter, as speech recognition writes it
_SPACES = re.compile(rf" +(?=[{_HAN}])|(?<=[{_HAN}]) +| +(?= )")
_TAIL = " .:/-+'"


class _Table(dict[int, str]):
    """What each character becomes; filled as characters are met, so that `str.translate` stays one fast pass."""

    def __missing__(self, code: int) -> str:
        self[code] = result = _character(chr(code))
        return result


def normalise(text: str, *, placeholders: bool = False) -> str:
    """The one way of writing `text`; see the module. Takes any string, never raises.

    At most the first 400 characters of the result are kept. `normalise(normalise(text)) == normalise(text)`.
    """
    text = text[: 4 * MAX_CHARACTERS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_BEFORE_NFKC))
    text = text.lower().translate(_table(placeholders))
    if _HAS_MARK.search(text):
        text = _SPACES.sub("", text)
        for pattern, replacement in _MARKS:
            text = pattern.sub(replacement, text)
    text = _SPACES.sub("", _CLOCK.sub(r" \1m", text)).strip()
    text = _SPELLED.sub(lambda match: match[0].replace(" ", ""), text)
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS].rstrip(_TAIL)


@lru_cache(maxsize=2)
def _table(placeholders: bool) -> _Table:
    """The characters' table, seeded with the traditional ones and with what happens to placeholders."""
    table = _Table({ord(char): same for char, same in _SAME.items()})
    for line in _TRADITIONAL.read_text(encoding="utf-8").split():
        table[ord(line[0])] = line[1]
    for code in range(ord(PLACEHOLDER_FIRST), ord(PLACEHOLDER_LAST) + 1):
        table[code] = chr(code) if placeholders else ""
    return table


def _character(char: str) -> str:
    """What one character, met for the first time, becomes."""
    if char in _KEPT or (char.isascii() and char.isalnum()):
        return char
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category[0] == "L":
        # Accents go, other scripts stay: é is e, but が and й are no か and и.
        base = unicodedata.normalize("NFD", char)[0]
        return base.lower() if base.isascii() else char
    if category[0] == "M" or (category[0] == "C" and not char.isspace()):
        return ""
    return " "
