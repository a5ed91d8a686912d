"""Writes `lexicon/zh/grammar/homophones.yaml`: characters that sound alike, whatever their tone, with pypinyin.

    pip install pypinyin && python scripts/make_homophones.py

Speech recognition mistakes one for another. Only characters that the lexicon uses stand on either side, the commoner
ones first, at most six for each: the rarest would be mistakes that no recogniser makes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from pypinyin import lazy_pinyin

LEXICON = Path(__file__).parents[1] / "src" / "scenic_iot" / "instruct" / "lexicon" / "zh"
TARGET = LEXICON / "grammar" / "homophones.yaml"
RARE, MOST = 10, 6


def main() -> None:
    """Count the lexicon's characters and group them by sound."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(LEXICON.glob("*.yaml")))
    counts = Counter(character for character in text if "\u4e00" <= character <= "\u9fff")
    sounds: defaultdict[str, list[str]] = defaultdict(list)
    for character, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count >= RARE:
            sounds[lazy_pinyin(character)[0]].append(character)
    lines = ["# Written by scripts/make_homophones.py: what each character may be misheard as."]
    for group in sounds.values():
        for character in group:
            others = [other for other in group if other != character][:MOST]
            if others:
                lines.append(f'"{character}": [{", ".join(others)}]')
    TARGET.write_text("\n".join([lines[0], *sorted(lines[1:])]) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(lines) - 1} characters")


if __name__ == "__main__":
    main()
