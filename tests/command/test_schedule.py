"""Schedules taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given

from scenic_iot.command.errors import CommandError
from scenic_iot.command.schedule import Schedule

from .strategies import schedules


@given(schedules())
def test_every_schedule_survives_its_text(schedule: Schedule) -> None:
    assert Schedule.parse(str(schedule)) == schedule


def test_parts() -> None:
    assert Schedule.parse("in 1h30m") == Schedule(delay=((1, "h"), (30, "m")))
    assert Schedule.parse("in 1h30m").seconds == 5400
    assert Schedule.parse("at mon 08:05 every weekend") == Schedule(time=(8, 5), day="mon", every="weekend")
    assert Schedule.parse("at 08:05").seconds is None


@pytest.mark.parametrize(
    "text", ["", "in", "in 5", "in 5m5m", "in 05m", "at", "at mon", "at 8:05", "at 08:05 daily", "on mon"]
)
def test_what_is_no_schedule(text: str) -> None:
    with pytest.raises(CommandError):
        Schedule.parse(text)
