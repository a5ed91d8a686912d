"""Learning a tokenizer's vocabulary from counted pieces of text: characters first, then byte-pair merges of words."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

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
    merges = _learn(words, size - len(tokens)) if mode == "subword" else []
    tokens += dict.fromkeys(left + right for left, right in merges)
    return Tokenizer(tokens, merges, device_types, mode)


def _is_character(piece: str) -> bool:
    """Neither the start piece nor a placeholder nor a space."""
    return piece != START_PIECE and piece > " " and not "\ue000" <= piece <= "\uf8ff"


def _learn(words: Mapping[str, int], room: int) -> list[Pair]:
    """The `room` most useful merges, most frequent pair first, ties in alphabetical order; pairs seen once are none.

    Only the words that hold the merged pair are counted anew, so the time goes with what changes. The heap may hold
    outdated counts: an entry is checked against the true count when it comes up.
    """
    spelled = [symbols_of(word) for word in sorted(words)]
    weights = [words[word] for word in sorted(words)]
    totals: Counter[Pair] = Counter()
    places: defaultdict[Pair, set[int]] = defaultdict(set)
    for index, symbols in enumerate(spelled):
        for pair in itertools.pairwise(symbols):
            totals[pair] += weights[index]
            places[pair].add(index)
    heap = [(-count, pair) for pair, count in totals.items()]
    heapq.heapify(heap)
    merges: list[Pair] = []
    while heap and len(merges) < room:
        count, pair = heapq.heappop(heap)
        if -count != totals[pair]:
            if totals[pair] > 1:
                heapq.heappush(heap, (-totals[pair], pair))
            continue
        if -count < 2:
            break
        merges.append(pair)
        touched: set[Pair] = set()
        for index in sorted(places.pop(pair)):
            touched |= _respell(spelled, index, pair, weights[index], totals, places)
        for other in touched - {pair}:
            heapq.heappush(heap, (-totals[other], other))
        del totals[pair]
    return merges


def _respell(
    spelled: list[list[str]],
    index: int,
    pair: Pair,
    weight: int,
    totals: Counter[Pair],
    places: defaultdict[Pair, set[int]],
) -> set[Pair]:
    """Merge `pair` in one word and keep the counts true. Returns the pairs whose counts changed."""
    old = spelled[index]
    new: list[str] = []
    at = 0
    while at < len(old):
        if at + 1 < len(old) and (old[at], old[at + 1]) == pair:
            new.append(old[at] + old[at + 1])
            at += 2
        else:
            new.append(old[at])
            at += 1
    before, after = Counter(itertools.pairwise(old)), Counter(itertools.pairwise(new))
    for gone, times in before.items():
        totals[gone] -= times * weight
        if gone not in after:
            places[gone].discard(index)
    for come, times in after.items():
        totals[come] += times * weight
        places[come].add(index)
    spelled[index] = new
    return set(before) | set(after)
