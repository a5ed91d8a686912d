"""From normalised text to token ids: Chinese characters and digits one by one, Latin words in learned pieces.

A sentence is first split into *pieces*: words of Latin letters, single digits, single other characters, placeholders.
Each piece has its tokens independently of its neighbours, so a dictionary of pieces makes encoding fast. `▁` marks a
letter that begins a word, and the space between two numbers; other spaces leave no token. A character that the
vocabulary lacks is `<unk>`.

Placeholders are private-use characters that stand for the names of a home's devices and areas:

    device k (0..3) of the type with index t (0..63) in `device_types`     U+E000 + 64 k + t     `<dev:TYPE>` `<k+1>`
    area k (0..2)                                                          U+E400 + k            `<area>` `<k+1>`

With `dropout`, merges are skipped at random (BPE-dropout), which shows a model the same word split in many ways and
makes typing slips hurt less. Training uses it; inference never does.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

PAD, UNK, START = 0, 1, 2
MAX_NAMES, MAX_AREAS, MAX_TYPES = 4, 3, 64
FORMAT = 1
Mode = Literal["subword", "character"]

START_PIECE = "\x02"  # the piece that opens every sentence; gives an empty one something to be read
WORD = "▁"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DEVICE_BASE, _AREA_BASE = 0xE000, 0xE400
_GLUED = "\x01"  # letters right after a digit: the c of 26c begins no word
_GLUE = re.compile(r"(?<=[0-9])(?=[a-z])")
_PIECE = re.compile(rf"{_GLUED}?[a-z][a-z']{{0,31}}|(?<=[0-9]) (?=[0-9])|[^ ]")
_CACHE_LIMIT = 100_000


class TokenizerError(ValueError):
    """A tokenizer file that cannot be used; the message says what is wrong with it."""


def named_device(index: int, device_type: int) -> str:
    """The character that stands for the `index`-th (from 0) named device, of the `device_type`-th type."""
    if not (0 <= index < MAX_NAMES and 0 <= device_type < MAX_TYPES):
        raise ValueError(f"no placeholder for name {index} of device type {device_type}")
    return chr(_DEVICE_BASE + MAX_TYPES * index + device_type)


def named_area(index: int) -> str:
    """The character that stands for the `index`-th (from 0) named area."""
    if not 0 <= index < MAX_AREAS:
        raise ValueError(f"no placeholder for area {index}")
    return chr(_AREA_BASE + index)


def split(text: str) -> list[str]:
    """The pieces of normalised text, the start piece first. Long words are cut every 32 letters."""
    return [START_PIECE, *_PIECE.findall(_GLUE.sub(_GLUED, text))]


def join(pieces: Sequence[str]) -> str:
    """Text of pieces, with the spaces that are sure: `split(join(split(text))) == split(text)`."""
    text = ""
    for piece in pieces:
        word = piece[0] in LETTERS
        if piece != START_PIECE:
            spaced = word and text[-1:].isalnum() and text[-1:].isascii()
            spaced = spaced or (piece.isdigit() and text[-1:] in LETTERS and bool(text))
            text += " " * spaced + piece.removeprefix(_GLUED)
    return text


def symbols_of(piece: str) -> list[str]:
    """The tokens of a piece before any merge: `turn` is `▁t` `u` `r` `n`."""
    if piece[0] == _GLUED:
        return list(piece[1:])
    if piece[0] in LETTERS:
        return [WORD + piece[0], *piece[1:]]
    return [WORD] if piece == " " else [piece]


def special_tokens(device_types: Sequence[str]) -> list[str]:
    """The tokens that every vocabulary begins with."""
    numbers = [f"<{number + 1}>" for number in range(MAX_NAMES)]
    return ["<pad>", "<unk>", "<s>", "<area>", *numbers, *(f"<dev:{name}>" for name in device_types)]


def base_alphabet() -> list[str]:
    """The characters that every vocabulary has, whatever text it was learned from."""
    return [*LETTERS, *(WORD + letter for letter in LETTERS), *"0123456789%°.:'/+-", WORD]


class Tokenizer:
    """A vocabulary with its merges. `tokens[i]` is written as id `i`; `len()` is the size of the vocabulary."""

    kind = "scenic"
    by_pieces = True
    """Whether a piece has its tokens whatever stands beside it."""
    overhead = 1
    """Tokens of a sentence without a word."""

    def __init__(
        self, tokens: Sequence[str], merges: Sequence[tuple[str, str]], device_types: Sequence[str], mode: Mode
    ) -> None:
        """`merges` come in the order in which they were learned. Raises TokenizerError when the parts do not fit."""
        self.tokens, self.merges, self.device_types = tuple(tokens), tuple(merges), tuple(device_types)
        self.mode: Mode = mode
        self._ids = {token: index for index, token in enumerate(self.tokens)}
        required = [*special_tokens(device_types), *base_alphabet()]
        if len(device_types) > MAX_TYPES:
            raise TokenizerError(f"{len(device_types)} device types; at most {MAX_TYPES} have placeholders")
        if len(self._ids) != len(self.tokens) or self.tokens[: len(required)] != tuple(required):
            raise TokenizerError(
                "the vocabulary does not begin with the special tokens and the alphabet, or repeats one"
            )
        try:
            pairs = [(self._ids[left], self._ids[right], self._ids[left + right]) for left, right in self.merges]
        except KeyError as missing:
            raise TokenizerError(f"a merge needs {missing}, which is no token") from None
        self._ranks = {(left, right): (rank, whole) for rank, (left, right, whole) in enumerate(pairs)}
        self._cache: dict[str, tuple[int, ...]] = {START_PIECE: (START,)} | self._placeholders()

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str, dropout: float = 0.0, rng: np.random.Generator | None = None) -> list[int]:
        """Token ids of normalised text, `<s>` first. `dropout` in [0, 1) skips merges at random and needs `rng`."""
        if dropout and rng is not None:
            return [token for piece in split(text) for token in self.piece(piece, dropout, rng)]
        cache, ids = self._cache, list[int]()
        for piece in split(text):
            known = cache.get(piece)
            ids += self.piece(piece) if known is None else known
        return ids

    @property
    def specials(self) -> int:
        """Ids below this stand for no words: they are never dropped in training."""
        return len(special_tokens(self.device_types))

    def encode_pieces(self, sentences: Iterable[Sequence[str]]) -> list[list[int]]:
        """Token ids of sentences that were split."""
        return [[token for piece in sentence for token in self.piece(piece)] for sentence in sentences]

    def knows(self, ids: Sequence[int]) -> bool:
        """Whether anything in a sentence has a token."""
        return any(token != UNK for token in ids[1:])

    def piece(self, piece: str, dropout: float = 0.0, rng: np.random.Generator | None = None) -> tuple[int, ...]:
        """Token ids of one piece."""
        known = self._cache.get(piece)
        if known is not None and (not dropout or len(piece) == 1):
            return known
        ids = [self._ids.get(symbol, UNK) for symbol in symbols_of(piece)]
        if dropout and rng is not None:
            return tuple(self._merge(ids, dropout, rng))
        merged = tuple(self._merge(ids))
        if len(self._cache) >= _CACHE_LIMIT:
            self._cache = {START_PIECE: (START,)} | self._placeholders()
        self._cache[piece] = merged
        return merged

    def decode(self, ids: Sequence[int]) -> str:
        """Readable text of token ids, for eyes rather than for machines: specials stand as they are written."""
        return "".join(self.tokens[index] for index in ids if index not in (PAD, START)).replace(WORD, " ").strip()

    def to_json(self) -> str:
        """The whole tokenizer as one JSON object."""
        content = {
            "format": FORMAT,
            "mode": self.mode,
            "device_types": self.device_types,
            "merges": [f"{left} {right}" for left, right in self.merges],
            "tokens": self.tokens,
        }
        return json.dumps(content, ensure_ascii=False, indent=0) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Tokenizer:
        """The tokenizer that `to_json` wrote. Raises TokenizerError on anything else."""
        try:
            content = json.loads(text)
            if content["format"] > FORMAT:
                raise TokenizerError(f"tokenizer format {content['format']} is newer than this software ({FORMAT})")
            merges = [(left, right) for left, right in (merge.split(" ") for merge in content["merges"])]
            return cls(content["tokens"], merges, content["device_types"], content["mode"])
        except (KeyError, TypeError, AttributeError, ValueError) as reason:
            if isinstance(reason, TokenizerError):
                raise
            raise TokenizerError(f"not a tokenizer: {type(reason).__name__}: {reason}") from None

    def save(self, path: Path) -> None:
        """Write the JSON, whole or not at all."""
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(self.to_json(), encoding="utf-8")
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> Tokenizer:
        """Read what `save` wrote. Raises OSError, or TokenizerError."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise TokenizerError("not a tokenizer: the file is not UTF-8") from None

    def _placeholders(self) -> dict[str, tuple[int, ...]]:
        """Token ids of every placeholder character, ready in the cache so that encoding knows no special case."""
        number = self._ids["<1>"]
        first, area = self._ids[special_tokens(self.device_types)[-1]] - len(self.device_types) + 1, self._ids["<area>"]
        names: dict[str, tuple[int, ...]] = {
            named_device(index, kind): (first + kind, number + index)
            for index in range(MAX_NAMES)
            for kind in range(len(self.device_types))
        }
        return names | {named_area(index): (area, number + index) for index in range(MAX_AREAS)}

    def _merge(self, ids: list[int], dropout: float = 0.0, rng: np.random.Generator | None = None) -> list[int]:
        """Apply merges in the order in which they were learned, overlooking each with probability `dropout` a turn."""
        ranks = self._ranks
        while len(ids) > 1:
            known = [(*ranks[pair], at) for at, pair in enumerate(itertools.pairwise(ids)) if pair in ranks]
            if rng is not None:
                known = [merge for merge, luck in zip(known, rng.random(len(known)), strict=True) if luck >= dropout]
            if not known:
                break
            _, whole, at = min(known)
            ids[at : at + 2] = [whole]
        return ids
