"""Numbers in words as digits."""

from __future__ import annotations

import pytest

from scenic_iot.bench.peers.numerals import digits


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("调到二十六度", "调到26度"),
        ("百分之三十", "30%"),
        ("一百二十", "120"),
        ("十", "10"),
        ("二零二", "202"),
        ("亮一点", "亮一点"),
        ("set it to twenty six degrees", "set it to 26 degrees"),
        ("two hundred and fifty percent", "250%"),
        ("ninety-nine", "99"),
        ("26", "26"),
        ("someone at the phone", "someone at the phone"),
    ],
)
def test_numbers(said: str, written: str) -> None:
    assert digits(said) == written
