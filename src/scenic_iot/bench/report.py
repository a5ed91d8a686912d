"""Tables of scores, as text."""

from __future__ import annotations

from collections.abc import Sequence

from .evaluate import Score

FEWEST = 30
"""Kinds with fewer rows are left out of the table; the JSON has them."""


def sets_table(scores: Sequence[Score]) -> str:
    """One row a set."""
    head = ("set", "rows", "EM@1", "EM@5", "EM@1, commands", "wrongly refused", "rejections met")
    rows = [
        (s.name, str(s.em1.total), *map(str, (s.em1, s.em5, s.commands, s.wrongly_refused, s.rejections)))
        for s in scores
    ]
    return table(head, rows)


def scores_table(scores: Sequence[Score]) -> str:
    """One row a set, then one row a kind where the rows name kinds, those with few rows left out."""
    text = sets_table(scores)
    for entry in scores:
        if entry.kinds:
            counted = [item for item in entry.kinds.items() if item[1].total >= FEWEST]
            kinds = sorted(counted, key=lambda item: -item[1].total)
            text += f"\n\n{entry.name}, by kind\n" + table(
                ("kind", "rows", "EM@1"), [(k, str(r.total), str(r)) for k, r in kinds]
            )
    return text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as what stands in them, a line under the head."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return "\n".join((lines[0], "  ".join("-" * width for width in widths), *lines[1:]))
