"""Numbers in words as digits: 二十六 and "twenty six" are 26, 百分之三十 and "thirty percent" 30%. Up to 9999."""

from __future__ import annotations

import re

_HAN = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_EN = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_EN_UNITS = {"hundred": 100, "thousand": 1000}
_HAN_NUMBER = re.compile(f"(?!一[点下些个直])[{''.join((*_HAN, *_HAN_UNITS))}]+")
_WORD = f"(?:{'|'.join(sorted((*_EN, *_EN_UNITS), key=len, reverse=True))})"
_EN_NUMBER = re.compile(rf"\b{_WORD}(?:(?: and |[ -]){_WORD})*\b")


def digits(text: str) -> str:
    """Normalised text with digits for its numbers."""
    text = text.replace("百分之", "%之")  # else its 百 is taken for a number
    text = _HAN_NUMBER.sub(lambda match: str(_value(list(match[0]), _HAN, _HAN_UNITS)), text)
    text = _EN_NUMBER.sub(lambda match: str(_value(re.findall(_WORD, match[0]), _EN, _EN_UNITS)), text)
    return re.sub(r"%之(\d+)|(\d+) ?(?:percent|per cent)\b", lambda m: f"{m[1] or m[2]}%", text)


def _value(words: list[str], ones: dict[str, int], units: dict[str, int]) -> int:
    if ones is _HAN and len(words) > 1 and all(word in ones for word in words):  # read out digit by digit
        return int("".join(str(ones[word]) for word in words))
    whole = last = 0
    for word in words:
        if word in units:
            whole, last = whole + (last or 1) * units[word], 0
        else:
            last += ones[word]
    return whole + last
