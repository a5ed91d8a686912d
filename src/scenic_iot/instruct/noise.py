"""Slips: what typing and speech recognition do to a sentence. At most two a sentence; numbers and short words are spared,
because there a slip changes what is meant."""

from __future__ import annotations

import random
import string

_NEIGHBOURS = {a: b for a, b in zip("qwertyuiopasdfghjklzxcvbnm", "wqetrutyioisdafghkjlxzcvnb", strict=False)}
_PROTECTED = frozenset(
    "five four nine eight seven three twenty thirty forty fifty sixty seventy eighty ninety hundred open close lock unlock "
    "closed opened locked unlocked warm cool down left right".split()
)
_HOMOPHONES = {
    "灯": "等登", "关": "观官", "光": "关", "开": "凯", "调": "条挑", "亮": "量", "暗": "按", "窗帘": ("床帘", "窗连"), "空调": ("空条",),
    "风扇": ("风善",), "电视": ("电是",), "音量": ("音亮",), "卧室": ("卧是", "我室"), "客厅": ("客听",), "厨房": ("厨方",),
    "插座": ("插坐",), "打开": ("大开",), "书房": ("书方",), "扫地": ("少地",), "咖啡": ("咖非",), "阳台": ("洋台",), "把": "吧八", "的": "得地",
}  # fmt: skip
_EN_SLIPS = {
    "lights": ("light's", "lites", "lihgts"), "light": ("lite", "ligth"), "the": ("teh", "da", "th"), "please": ("pls", "plz", "plese"),
    "you": ("u",), "living": ("livin",), "temperature": ("temprature", "temperture"), "bedroom": ("bed room", "bedrom"),
    "bathroom": ("bath room",), "livingroom": ("living room",), "fan": ("fann",), "curtains": ("curtians",), "coffee": ("cofee", "coffe"),
    "vacuum": ("vaccum", "vacum", "vaccuum"), "to": ("2", "too"), "for": ("4",), "and": ("n", "an"), "want": ("wanna",), "going": ("gonna",),
    "kitchen": ("kichen", "kitchin"), "off": ("of",), "its": ("it's",), "it's": ("its",), "i'm": ("im",), "don't": ("dont",), "can't": ("cant",),
    "turn": ("trun", "tun", "tern"), "color": ("colour", "colr"), "colour": ("color",), "gray": ("grey",), "what's": ("whats",),
}  # fmt: skip


def slip(rng: random.Random, text: str, language: str) -> str:
    """The text with one or two slips; sometimes unchanged, where none fits."""
    for _ in range(1 if rng.random() < 0.75 else 2):
        text = _english(rng, text) if language == "en" else _chinese(rng, text)
    return text


def _english(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    index = int(rng.random() * len(words))
    word = words[index]
    r = rng.random()
    if r < 0.30:
        for at, candidate in enumerate(words):
            if candidate in _EN_SLIPS and (candidate not in ("off", "to", "for") or rng.random() < 0.3):
                words[at] = rng.choice(_EN_SLIPS[candidate])
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


def _chinese(rng: random.Random, text: str) -> str:
    r = rng.random()
    if r < 0.5:
        present = [key for key in _HOMOPHONES if key in text]
        if not present:
            return text
        key = present[int(rng.random() * len(present))]
        return text.replace(key, rng.choice(_HOMOPHONES[key]), 1)
    at = int(rng.random() * len(text))
    if r < 0.75:
        for word in ("的", "把", "请", "一下", "了", "吧", "给"):
            if word in text and rng.random() < 0.5 and len(text) > len(word) + 1:
                return text.replace(word, "", 1)
        return text
    character = text[at]
    if "\u4e00" <= character <= "\u9fff" and character not in "一二三四五六七八九十百零两不没别开关高低大小左右上下":
        if r < 0.9:
            return text[:at] + character + text[at:]  # said twice
        return text[:at] + " " + text[at:]
    return text
