"""Tokenizers of other models, in the `tokenizer.json` of Hugging Face, where this software's own are expected.

Sentences are normalised and split into pieces as always, then written with single spaces and handed over whole. Names
of a home (see `tokenizer`) become tokens of this software's own, numbered after all that the other vocabulary has.
Where its first token is not padding, all its ids are raised by one: id 0 is padding everywhere here.

Needs the `tokenizers` library, for training and at run time.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .tokenizer import (
    MAX_AREAS,
    MAX_NAMES,
    Tokenizer,
    TokenizerError,
    join,
    named_area,
    named_device,
    split,
)

_NAME = re.compile("([\ue000-\uf8ff])")
_PADDING = ("<pad>", "[PAD]")


class ForeignTokenizer(Tokenizer):
    """A foreign tokenizer with the tokens for names. `own` is how many ids come before those."""

    kind = "huggingface"
    by_pieces = False

    def __init__(self, content: str, device_types: Sequence[str]) -> None:
        """`content` is that of a `tokenizer.json`. Raises TokenizerError."""
        try:
            import tokenizers  # noqa: PLC0415 - an extra, which few models need
        except ImportError:
            raise TokenizerError(
                "this model has a tokenizer of another kind, which needs `pip install 'scenic-iot[hf]'`"
            ) from None
        self.device_types = tuple(device_types)
        self._content = content
        try:
            self._foreign: Any = tokenizers.Tokenizer.from_str(content)
        except Exception as reason:  # the library raises nothing more special
            raise TokenizerError(f"not a tokenizer: {reason}") from reason
        self._foreign.no_truncation()
        self._foreign.no_padding()
        ids = self._foreign.get_vocab(with_added_tokens=True).values()
        self.shift = int(self._foreign.id_to_token(0) not in _PADDING)
        self.own = max(ids) + 1 + self.shift
        area, number, kinds = self.own, self.own + 1, self.own + 1 + MAX_NAMES
        names = {
            named_device(index, kind): (kinds + kind, number + index)
            for index in range(MAX_NAMES)
            for kind in range(len(self.device_types))
        }
        self._names = names | {named_area(index): (area, number + index) for index in range(MAX_AREAS)}
        self._before, self._after = self._specials()
        self.overhead = len(self._before) + len(self._after)
        unknown = [self._foreign.token_to_id(token) for token in ("<unk>", "[UNK]")]
        self._meaningless = {*self._before, *self._after, *(i + self.shift for i in unknown if i is not None)}

    def __len__(self) -> int:
        return self.own + 1 + MAX_NAMES + len(self.device_types)

    @property
    def specials(self) -> int:
        """All ids: which of them is unknown to the other model is not the same everywhere."""
        return len(self)

    def encode(self, text: str, dropout: float = 0.0, rng: np.random.Generator | None = None) -> list[int]:
        """Token ids of normalised text, between those that the other model begins and ends with; never random."""
        return self.encode_pieces([split(text)])[0]

    def encode_pieces(self, sentences: Iterable[Sequence[str]]) -> list[list[int]]:
        """Token ids of sentences that were split."""
        parts = [_NAME.split(join(pieces)) for pieces in sentences]  # texts, with names between them
        texts = [part.strip() for sentence in parts for part in sentence[::2]]
        spelled = iter(self._foreign.encode_batch(texts, add_special_tokens=False))
        rows = []
        for sentence in parts:
            row = list(self._before)
            for text, name in itertools.zip_longest(sentence[::2], sentence[1::2], fillvalue=""):
                ids = next(spelled).ids
                row += [token + self.shift for token in ids] if text.strip() else []
                row += self._names.get(name, ())
            rows.append([*row, *self._after])
        return rows

    def knows(self, ids: Sequence[int]) -> bool:
        return any(token not in self._meaningless for token in ids)

    def save(self, path: Path) -> None:
        """Write the other model's `tokenizer.json`, whole or not at all."""
        temporary = path.with_name(path.name + ".part")
        temporary.write_text(self._content, encoding="utf-8")
        os.replace(temporary, path)

    def _specials(self) -> tuple[list[int], list[int]]:
        """What the other model puts before and after a sentence."""
        bare = self._foreign.encode("a", add_special_tokens=False).ids
        full = self._foreign.encode("a").ids
        at = next((i for i in range(len(full)) if full[i : i + len(bare)] == bare), 0)
        before, after = full[:at], full[at + len(bare) :]
        return [token + self.shift for token in before], [token + self.shift for token in after]


def load_tokenizer(path: Path, kind: str, device_types: Sequence[str]) -> Tokenizer:
    """The tokenizer in a file, of the `kind` that wrote it. Raises OSError, or TokenizerError."""
    if kind == ForeignTokenizer.kind:
        return ForeignTokenizer(path.read_text(encoding="utf-8"), device_types)
    return Tokenizer.load(path)
