"""Writes `text/traditional.txt`, the table from traditional to simplified characters, with OpenCC.

    pip install opencc-python-reimplemented && python scripts/make_traditional.py

One pair a line, the traditional character first. Only single characters: the software itself has no OpenCC, and words
that differ by region (軟體, 软件) are ways of saying that a model learns.
"""

from __future__ import annotations

from pathlib import Path

from opencc import OpenCC

TARGET = Path(__file__).parents[1] / "src" / "scenic_iot" / "text" / "traditional.txt"
IDEOGRAPHS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x2A6E0))
# OpenCC leaves these alone because they have a meaning of their own in print; in speech about a home they never do.
SPOKEN = {"著": "着", "妳": "你", "喫": "吃", "牠": "它", "囉": "啰", "祂": "他"}


def main() -> None:
    """Convert every ideograph by itself and keep those that change; a result is never itself converted again."""
    convert = OpenCC("t2s").convert
    pairs = {char: convert(char) for first, end in IDEOGRAPHS for char in map(chr, range(first, end))}
    pairs = {char: simple for char, simple in pairs.items() if simple != char and len(simple) == 1} | SPOKEN
    while any(simple in pairs for simple in pairs.values()):
        pairs = {char: pairs.get(simple, simple) for char, simple in pairs.items() if pairs.get(simple) != char}
    TARGET.write_text("".join(f"{char}{pairs[char]}\n" for char in sorted(pairs)), encoding="utf-8")
    print(f"{TARGET.name}: {len(pairs)} pairs")


if __name__ == "__main__":
    main()
