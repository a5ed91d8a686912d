"""Responses as rows of symbols, for models that write text: the target's tokenizer.

    好的，已打开客厅灯；已关闭空调。   ->   已打开 · 客厅 · 灯 · ； · 已关闭 · 空调 · <eos>

What all responses begin and end with is no part of a row. Clauses are parted by a separator, a symbol of its own;
inside a clause characters are merged as they were learned to be (`scenic_iot.model.pieces_train`), so that a word that
was often seen is one symbol and any other combination of known characters can be written, too.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

PAD, BOS, EOS, BETWEEN = 0, 1, 2, 3
_SPECIAL = ("<pad>", "<bos>", "<eos>", "<between>")
FORMAT = 1


class PiecesError(ValueError):
    """Text that cannot be written with these symbols, or a file that holds none."""


@dataclass(frozen=True)
class Pieces:
    """The symbols of responses. `tokens[i]` is written as symbol `i`; the first four are special."""

    tokens: tuple[str, ...]
    merges: tuple[tuple[str, str], ...] = ()
    """In the order in which they were learned; each makes one token of two."""
    separator: str = "；"
    """What stands between clauses; "": there is one clause only."""
    prefix: str = ""
    suffix: str = ""
    """What every response begins and ends with."""
    known: tuple[str, ...] = field(default=(), repr=False)
    """Responses that nothing else may be written than, the best known first; none: whatever the symbols can say."""

    def __post_init__(self) -> None:
        if self.tokens[: len(_SPECIAL)] != _SPECIAL or len(set(self.tokens)) != len(self.tokens):
            raise PiecesError("the symbols do not begin with the special ones, or repeat one")
        if any(part not in self._ids for left, right in self.merges for part in (left, right, left + right)):
            raise PiecesError("a merge needs a symbol that there is not")

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def of(
        cls, words: Sequence[str], merges: Sequence[tuple[str, str]], separator: str, affixes: tuple[str, str]
    ) -> Pieces:
        """Pieces from their words, without the special ones."""
        return cls((*_SPECIAL, *words), tuple(merges), separator, *affixes)

    def clauses(self, text: str) -> list[str]:
        """The clauses of a response, without what all responses have."""
        body = text.strip().removeprefix(self.prefix).removesuffix(self.suffix)
        return body.split(self.separator) if self.separator else [body]

    def join(self, clauses: Sequence[str]) -> str:
        """The response of some clauses."""
        return self.prefix + self.separator.join(clauses) + self.suffix

    def encode(self, text: str) -> list[int]:
        """The row of a response, its end included. Raises PiecesError for a character that there is no symbol for."""
        row: list[int] = []
        for index, clause in enumerate(self.clauses(text)):
            row += [BETWEEN] if index else []
            row += self._clause(clause)
        return [*row, EOS]

    def decode(self, row: Sequence[int]) -> str:
        """The response that a row writes, up to its end if it has one."""
        body = itertools.takewhile(lambda symbol: symbol != EOS, row)
        return self.prefix + "".join(self._written[symbol] for symbol in body) + self.suffix

    def to_json(self) -> str:
        """As one JSON object."""
        content = {"format": FORMAT, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=0) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Pieces:
        """What `to_json` wrote. Raises PiecesError on anything else."""
        try:
            content = json.loads(text)
            if content.pop("format") > FORMAT:
                raise PiecesError("the pieces are of a format that is newer than this software")
            for name in ("tokens", "known"):
                content[name] = tuple(content[name])
            content["merges"] = tuple((left, right) for left, right in content["merges"])
            return cls(**content)
        except (KeyError, TypeError, AttributeError, ValueError) as reason:
            if isinstance(reason, PiecesError):
                raise
            raise PiecesError(f"not the symbols of responses: {type(reason).__name__}: {reason}") from None

    def save(self, path: Path) -> None:
        """Write the JSON, whole or not at all."""
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(self.to_json(), encoding="utf-8")
        os.replace(temporary, path)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: index for index, token in enumerate(self.tokens)}

    @cached_property
    def _ranks(self) -> dict[tuple[str, str], int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def _written(self) -> tuple[str, ...]:
        return ("", "", "", self.separator, *self.tokens[len(_SPECIAL) :])

    @cached_property
    def _clauses(self) -> dict[str, list[int]]:
        return {}

    def _clause(self, clause: str) -> list[int]:
        """The symbols of one clause; clauses repeat, so each is worked out once."""
        known = self._clauses.get(clause)
        if known is None:
            try:
                known = [self._ids[word] for word in self._merge(list(clause))]
            except KeyError as missing:
                raise PiecesError(f"no response that was learned from has the character {missing}") from None
            self._clauses[clause] = known
        return known

    def _merge(self, words: list[str]) -> list[str]:
        while len(words) > 1:
            ranked = [
                (self._ranks[pair], at) for at, pair in enumerate(itertools.pairwise(words)) if pair in self._ranks
            ]
            if not ranked:
                break
            _, at = min(ranked)
            words[at : at + 2] = [words[at] + words[at + 1]]
        return words
