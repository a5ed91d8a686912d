from scenic_iot.bench.profile.core import median_ms, time_bundle
from scenic_iot.runtime.bundle import load_bundle


def test_the_bundled_model_is_timed() -> None:
    bundle, asked = load_bundle(), []
    times = time_bundle(bundle, asked.append, ["lights off", "fan on"], length=8)
    assert times.step is not None
    assert 0 < times.step < 100
    assert 0 < times.encoder < 100
    assert times.sentence < times.encoder  # the answer does nothing here
    assert asked == ["lights off", "fan on"] * 4
    assert set(times.to_json()) == {"encoder", "step", "sentence"}


def test_the_first_calls_do_not_count() -> None:
    calls = []
    median_ms(lambda: calls.append(1), rounds=7, warm=3)
    assert len(calls) == 10
