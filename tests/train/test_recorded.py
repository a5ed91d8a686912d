"""Steps recorded as CUDA graphs do what plain ones do."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from scenic_iot.train.optim import Learner
from scenic_iot.train.recipe import TrainSettings
from scenic_iot.train.recorded import Recorded, Step

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
SHAPES = [(8, 5), (8, 7), (4, 5)] * 6


def _train(recorded: bool) -> tuple[list[float], list[Tensor]]:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 20)).cuda()
    learner = Learner.of(model, TrainSettings(learning_rate=0.01), graphs=recorded)

    def step(source: Tensor, target: Tensor) -> Tensor:
        loss = nn.functional.cross_entropy(model(source).flatten(0, 1), target.flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        learner.optimizer.step()
        learner.optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    compute: Step = Recorded(step) if recorded else step
    losses = []
    for number, shape in enumerate(SHAPES):
        rows = torch.arange(shape[0] * shape[1], device="cuda").view(shape)
        learner.set_rate(0.01 / (1 + number))
        losses.append(float(compute(rows % 20, (rows * 7 + number) % 20)))
    return losses, [parameter.detach() for parameter in model.parameters()]


def test_recorded_steps_learn_what_plain_ones_learn() -> None:
    plain, weights = _train(recorded=False)
    recorded, same = _train(recorded=True)
    assert recorded == pytest.approx(plain, abs=1e-5)
    assert all(torch.allclose(one, two, atol=1e-5) for one, two in zip(weights, same, strict=True))


def test_what_cannot_be_recorded_is_done_plainly() -> None:
    compute = Recorded(lambda source, target: (source.float().mean() + float(target.float().mean())).detach())
    rows = torch.ones(2, 3, device="cuda", dtype=torch.long)
    with pytest.warns(UserWarning, match="not recorded"):
        assert [float(compute(rows, rows)) for _ in range(6)] == [2.0] * 6
