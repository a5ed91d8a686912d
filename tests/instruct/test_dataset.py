"""Data sets as files: lines are the rows, whatever the sentences hold, and shards do not depend on the processes."""

from __future__ import annotations

import json
from dataclasses import replace

from scenic_iot.instruct.dataset import generate, line, row
from scenic_iot.instruct.generate import pairs


def test_a_line_is_its_row() -> None:
    made = list(pairs(8, 3000))
    odd = replace(made[0], text='say "no" \\ \t \n é 关 \ue000', kinds=(), names=("light", "tv"), areas=2)
    for pair in [*made, odd]:
        wanted = json.loads(json.dumps(row(pair)))
        assert json.loads(line(pair)) == wanted
        assert list(json.loads(line(pair))) == list(wanted)
        assert line(pair).count("\n") == 1


def test_processes_change_nothing() -> None:
    one = [pair for part in generate(3, 15_000, ("en",)) for pair in part]
    two = [pair for part in generate(3, 15_000, ("en",), processes=2) for pair in part]
    assert len(one) == 15_000
    assert one == two
