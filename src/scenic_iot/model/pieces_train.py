"""Learning the symbols of responses: characters first, then byte-pair merges of what holds together.

Merges come in the order of byte-pair encoding (Sennrich et al. 2016), the most frequent pair first, with one condition:
a pair is merged only where at least `COHESION` of the rarer half's occurrences are beside the other half. So 客 and 厅
become one symbol, and so do 加, 湿 and 器, but 客厅 and 加湿器 stay two, however often they stand together: a room with
a device that no training row has it with can then be written as well as any other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache

from scenic_iot.text.pieces import Pieces

from .tokenizer_train import Pair, learn_merges

COHESION = 0.8


def train_pieces(responses: Collection[str], separator: str = "；", size: int = 1000) -> Pieces:
    """The symbols of responses, at most `size` unless the characters alone are more.

    Each distinct clause counts once, so that what is often said is not cut more coarsely than what is not. The result
    depends on nothing but which responses there are. Raises ValueError where there are none.
    """
    texts = sorted({text.strip() for text in responses})
    if not texts:
        raise ValueError("there are no responses to learn symbols from")
    affixes = common_affixes(texts)
    bare = Pieces.of((), (), separator, affixes)
    clauses = sorted({clause for text in texts for clause in bare.clauses(text) if clause})
    characters = sorted({character for clause in clauses for character in clause})
    room = size - len(bare) - len(characters)
    merges = learn_merges(dict.fromkeys(clauses, 1), room, spell=list, wanted=_cohesive(clauses))
    words = dict.fromkeys([*characters, *(left + right for left, right in merges)])
    return Pieces.of(tuple(words), merges, separator, affixes)


def common_affixes(texts: Collection[str]) -> tuple[str, str]:
    """What all texts begin with, up to a punctuation mark, and end with, from one on: 好的， and 。 for instance."""
    prefix = _shared(texts)
    while prefix and not _is_mark(prefix[-1]):
        prefix = prefix[:-1]
    suffix = _shared([text[len(prefix) :][::-1] for text in texts])[::-1]
    while suffix and not _is_mark(suffix[0]):
        suffix = suffix[1:]
    return prefix, suffix


def _shared(texts: Collection[str]) -> str:
    """What all texts begin with: what the first and the last in alphabetical order do."""
    first, last = min(texts), max(texts)
    different = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(different, min(len(first), len(last)))]


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "P"


def _cohesive(clauses: Collection[str]) -> Callable[[Pair], bool]:
    """Whether a pair may be merged, by how often it and its halves stand in the clauses."""
    text = "\n".join(clauses)
    count = lru_cache(maxsize=None)(text.count)

    def wanted(pair: Pair) -> bool:
        return count(pair[0] + pair[1]) >= COHESION * min(map(count, pair))

    return wanted
