"""Learning a tokenizer's vocabulary from counted pieces of text: characters first, then byte-pair merges of words."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from scenic_iot.text.tokenizer import (
    START_PIECE,
    Mode,
    Tokenizer,
    base_alphabet,
    special_tokens,
    split,
    symbols_of,
)

Pair = tuple[str, str]


def count_pieces(texts: Iterable[str]) -> Counter[str]:
    """How often each piece occurs in normalised texts."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(split(text))
    return counts


def train_tokenizer(
    counts: Mapping[str, int],
    device_types: Sequence[str],
    size: int = 3000,
    mode: Mode = "subword",
    min_count: int = 3,
) -> Tokenizer:
    """Learn a vocabulary of at most `size` tokens from `counts` (see `count_pieces`).

    Characters seen at least `min_count` times come first, the most frequent ones if not all fit; what is left of `size`
    goes to merges of Latin letters, none in the mode "character". The result does not depend on the order of `counts`.
    Raises ValueError when `size` has no room for the special tokens and the alphabet.
    """
    tokens = [*special_tokens(device_types), *base_alphabet()]
    if size < len(tokens):
        raise ValueError(f"a vocabulary of {size} is too small: specials and alphabet take {len(tokens)}")
    known = set(tokens)
    single = sorted(
        (-count, piece)
        for piece, count in counts.items()
        if len(piece) == 1 and count >= min_count and _is_character(piece) and piece not in known
    )
    tokens += [piece for _, piece in single[: size - len(tokens)]]
    words = {piece: count for piece, count in counts.items() if len(symbols_of(piece)) > 1}
    merges = learn_merges(words, size - len(tokens)) if mode == "subword" else []
    tokens += dict.fromkeys(left + right for left, right in merges)
    return Tokenizer(tokens, merges, device_types, mode)


def _is_character(piece: str) -> bool:
    """Neither the start piece nor a placeholder nor a space."""
    return piece != START_PIECE and piece > " " and not "\ue000" <= piece <= "\uf8ff"


def learn_merges(
    words: Mapping[str, int],
    room: int,
    spell: Callable[[str], list[str]] = symbols_of,
    wanted: Callable[[Pair], bool] = lambda pair: True,
) -> list[Pair]:
    """The `room` most useful merges, most frequent pair first, ties in alphabetical order; pairs seen once are none.

    `spell` cuts a word into what is merged; pairs that are not `wanted` are never merged. Only the words that hold the
    merged pair are counted anew, so the time goes with what changes. The heap may hold outdated counts: an entry is
    checked against the true count when it comes up.
    """
    state = _Spelled(words, spell)
    heap = [(-count, pair) for pair, count in state.totals.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < room:
        count, pair = heapq.heappop(heap)
        true_count = state.totals[pair]
        if -count != true_count:
            if true_count > 1:
                heapq.heappush(heap, (-true_count, pair))
        elif true_count < 2:
            break
        elif wanted(pair):
            merges.append(pair)
            for changed in state.merge(pair):
                heapq.heappush(heap, (-state.totals[changed], changed))
    return merges


class _Spelled:
    """Words as they are spelled so far, how often each pair of neighbours occurs, and in which words."""

    def __init__(self, words: Mapping[str, int], spell: Callable[[str], list[str]]) -> None:
        self.words = [spell(word) for word in sorted(words)]
        self.weights = [words[word] for word in sorted(words)]
        self.totals: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[int]] = defaultdict(set)
        for index, symbols in enumerate(self.words):
            for pair in itertools.pairwise(symbols):
                self.totals[pair] += self.weights[index]
                self.places[pair].add(index)

    def merge(self, pair: Pair) -> set[Pair]:
        """Merge a pair wherever it occurs. Returns the pairs that now occur more or less often."""
        changed: set[Pair] = set()
        for index in self.places.pop(pair):
            old, new = self.words[index], _merged(self.words[index], pair)
            before, after = Counter(itertools.pairwise(old)), Counter(itertools.pairwise(new))
            for gone, times in before.items():
                self.totals[gone] -= times * self.weights[index]
                if gone not in after:
                    self.places[gone].discard(index)
            for come, times in after.items():
                self.totals[come] += times * self.weights[index]
                self.places[come].add(index)
            self.words[index] = new
            changed |= before.keys() | after.keys()
        return changed - {pair}


def _merged(symbols: list[str], pair: Pair) -> list[str]:
    merged: list[str] = []
    at = 0
    while at < len(symbols):
        whole = at + 1 < len(symbols) and (symbols[at], symbols[at + 1]) == pair
        merged.append(symbols[at] + symbols[at + 1] if whole else symbols[at])
        at += 2 if whole else 1
    return merged
