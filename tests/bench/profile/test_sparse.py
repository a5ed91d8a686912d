"""Without a GPU there are no sparse products: dense ones stand for them, so that everything around them runs."""

from __future__ import annotations

import pytest
import torch

from scenic_iot.bench.profile import sparse
from scenic_iot.bench.profile.sparse import Timing, profile, relative_error, sparsified
from scenic_iot.compress.scope import count_zeros
from scenic_iot.model.base import Family
from tests.model.tiny import FAMILIES, tiny

PARTS = {
    "encoder": {"encoder", "whole"},
    "decoder": {"decoder step", "reading"},
    "encoder_decoder": {"encoder", "decoder step", "whole"},
}


def _dense(weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return torch._int_mm(weight, x.t()) if weight.dtype == torch.int8 else weight @ x.t()


@pytest.fixture
def _played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparse, "sparse_product", lambda weight: lambda x: _dense(weight, x))
    monkeypatch.setattr(sparse, "to_sparse_semi_structured", lambda weight: weight.clone())
    monkeypatch.setattr(sparse, "milliseconds", lambda run: float(bool(run().isfinite().all())))


@pytest.mark.usefixtures("_played")
@pytest.mark.parametrize("family", FAMILIES)
def test_every_component_is_timed_dense_beside_sparse(family: Family) -> None:
    model = tiny(family, width=64, hidden=64)
    found = profile(model, [1, 3], [5], torch.device("cpu"), lambda stage, done, total: None)
    parts = {timing.part for timing in found if not timing.part.startswith("product")}
    assert parts == PARTS[family]
    for timing in found:
        assert timing.dense == 1
        if timing.precision == "fp16":
            assert timing.error == pytest.approx(0, abs=1e-6)
    assert {(timing.batch, timing.length) for timing in found} == {(1, 5), (3, 5)}
    assert any(timing.precision == "int8" and timing.part == "product 64 -> 64" for timing in found)
    assert count_zeros(model).of_targeted == pytest.approx(0.5)


@pytest.mark.usefixtures("_played")
def test_narrow_layers_stay_dense_and_are_counted() -> None:
    assert sparsified(tiny("encoder_decoder", width=64, hidden=48).half())[1] == 8  # up and down of four layers
    assert sparsified(tiny("encoder_decoder", width=64, hidden=64).half())[1] == 0


def test_the_error_is_relative() -> None:
    assert relative_error(torch.tensor([3.0, 4.4]), torch.tensor([3.0, 4.0])) == pytest.approx(0.08)


def test_speed_is_dense_over_sparse() -> None:
    timing = Timing("encoder", "fp16", 1, 24, 2.0, 0.5, 0.0)
    assert timing.speed == timing.to_json()["speed"] == 4
    assert Timing("encoder", "fp32", 1, 24, 2.0, None, None).speed is None
