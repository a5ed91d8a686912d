from pathlib import Path

import numpy as np
import pytest

from scenic_iot.command.actions import Action, Command
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.runtime.bundle import BundleError
from scenic_iot.runtime.calibration import Calibration, Reading, Space, harmful, logistic, mass, skeletons

LIGHT = Command((Action("light", "power", "set", "on"),))
FAN = Command((Action("fan", "power", "set", "on"),))
OPEN = Command((Action("lock", "state", "set", "unlocked"),))
CHAT, VAGUE = Command(rejected="out_of_scope"), Command(rejected="ambiguous")
SPACE = Space(["light power=", "lock state="], np.array([[100, 0], [0, 50]], dtype=np.int8), np.array([0.1, 0.0]))
AT_LIGHT = np.array([3.0, 0.0], dtype=np.float32)
CALIBRATION = Calibration(SPACE, (0.0, 1.0, -2.0, 0.0), 0.5, 0.95)
CATALOGUE = load_catalogue()


def reading(*ranked: tuple[Command, float], pooled: np.ndarray = AT_LIGHT) -> Reading:
    return Reading(ranked, pooled, 4)


def test_distance_is_what_exceeds_the_usual() -> None:
    assert SPACE.excess(AT_LIGHT, ["light power="]) == pytest.approx(-0.1)
    assert SPACE.excess(AT_LIGHT, ["lock state="]) == pytest.approx(1.0)
    assert SPACE.excess(AT_LIGHT, ["light power=", "lock state="]) == pytest.approx(1 - 2**-0.5 - 0.05)
    assert SPACE.excess(AT_LIGHT, ["fan power="]) == 0.0


def test_far_from_what_is_asked_is_less_likely() -> None:
    near = CALIBRATION.chance(reading((LIGHT, 0.8)))
    assert near == pytest.approx(logistic((0.0, 1.0), (np.log(0.8 / 0.2) + 0.2,)), rel=1e-4)
    assert CALIBRATION.chance(reading((LIGHT, 0.8), pooled=np.array([-3.0, 0.1], dtype=np.float32))) < near - 0.3


def test_sure_commands_stand() -> None:
    judged = CALIBRATION.judge(reading((LIGHT, 0.9), (FAN, 0.06), (CHAT, 0.01)), CATALOGUE)
    assert [command for command, _ in judged] == [LIGHT, FAN, CHAT]
    chances = [chance for _, chance in judged]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) <= 1


def test_doubtful_commands_are_refused() -> None:
    judged = CALIBRATION.judge(reading((LIGHT, 0.3), (FAN, 0.28), (CHAT, 0.2), (VAGUE, 0.1)), CATALOGUE)
    assert [command for command, _ in judged] == [CHAT, LIGHT, FAN, VAGUE]
    assert CALIBRATION.judge(reading((LIGHT, 0.3), (FAN, 0.28)), CATALOGUE)[0] == (VAGUE, 0.0)


def test_rejections_count_as_one_and_are_never_doubted() -> None:
    doubtful = reading((CHAT, 0.2), (LIGHT, 0.19), (VAGUE, 0.18))
    assert mass(doubtful) == pytest.approx(0.38)
    assert CALIBRATION.judge(doubtful, CATALOGUE)[0][0] == CHAT


def test_harm_needs_more() -> None:
    at_lock = np.array([0.0, 2.0], dtype=np.float32)
    assert harmful(OPEN.actions[0], CATALOGUE)
    assert not harmful(LIGHT.actions[0], CATALOGUE)
    assert CALIBRATION.judge(reading((OPEN, 0.9), pooled=at_lock), CATALOGUE)[0][0] == VAGUE
    assert CALIBRATION.judge(reading((OPEN, 0.97), pooled=at_lock), CATALOGUE)[0][0] == OPEN
    both = Command((LIGHT.actions[0], OPEN.actions[0]))
    assert CALIBRATION.least(both, CATALOGUE) == 0.95
    assert skeletons(both) == ["light power=", "lock state="]
    assert skeletons(VAGUE) == ["reject ambiguous"]


def test_a_damaged_space_is_told(tmp_path: Path) -> None:
    (tmp_path / "space.npz").write_bytes(b"nothing")
    with pytest.raises(BundleError, match="cannot be read"):
        Space.load(tmp_path / "space.npz")


def test_judging_takes_well_under_a_tenth_of_a_millisecond() -> None:
    import timeit

    space = Space([f"d{i} power=" for i in range(300)], np.ones((300, 256), dtype=np.int8), np.zeros(300))
    calibration = Calibration(space, (0.0, 1.0, -1.0, 0.0), 0.5, 0.9)
    made = reading((LIGHT, 0.4), (FAN, 0.28), (CHAT, 0.2), pooled=np.ones(256, dtype=np.float32))
    best = min(timeit.repeat(lambda: calibration.judge(made, CATALOGUE), number=100, repeat=5)) / 100
    assert best < 1e-4
