import pytest

from scenic_iot.compress.schedule import Schedule


def test_one_shot_prunes_before_the_first_step() -> None:
    assert Schedule("one-shot", 0.5, 100).changes() == {0: 0.5}


def test_cubic_is_that_of_zhu_and_gupta() -> None:
    changes = Schedule("cubic", 0.8, 1000, until=0.5, times=4).changes()
    assert list(changes) == [125, 250, 375, 500]
    assert changes[250] == pytest.approx(0.8 * (1 - 0.5**3))
    assert changes[500] == pytest.approx(0.8)


def test_steps_are_those_of_the_paper() -> None:
    changes = Schedule("steps", 0.5, 1000).changes()
    assert list(changes) == [0, 200, 400, 600, 800]
    assert list(changes.values()) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])


@pytest.mark.parametrize("shape", ["cubic", "steps"])
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_short_trainings_still_reach_the_sparsity(shape, steps: int) -> None:
    changes = Schedule(shape, 0.9, steps).changes()
    assert max(changes.values()) == pytest.approx(0.9)
    assert max(changes) < max(steps, 1)
    assert Schedule(shape, 0.9, steps).at(10_000) is None
