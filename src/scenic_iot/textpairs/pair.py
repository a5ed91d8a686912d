"""A prompt and its response, and the form in which responses are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

COMPARED = "NFKC; punctuation and spaces left out, letters in lower case"
"""The form in which texts are compared, in words."""
_SIGN = re.compile(r"[-+](?=\d)|(?<=\d)[.:/-](?=\d)|(?<=\d)%")


class Pair(NamedTuple):
    """What is said, and what is to be answered."""

    text: str
    response: str


def compared(text: str) -> str:
    """A text as it is compared with another: see `COMPARED`. Marks that belong to a number stay."""
    plain = unicodedata.normalize("NFKC", text).lower()
    kept = {match.start() for match in _SIGN.finditer(plain)}
    return "".join(char for at, char in enumerate(plain) if at in kept or not _is_mark(char))


def stripped(text: str) -> str:
    """A text without the spaces and punctuation around it."""
    first, last = 0, len(text)
    while first < last and _is_mark(text[first]):
        first += 1
    while last > first and _is_mark(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PZC"
