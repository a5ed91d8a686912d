import math

import pytest
import torch
from torch.nn import functional

from scenic_iot.model.base import Family
from scenic_iot.train.objectives import (
    Objective,
    Partners,
    cross_entropy,
    distance,
    likeness,
    partners,
    supervised_contrastive_loss,
    triplet_loss,
)
from tests.model.tiny import FAMILIES, tiny

# of the tiny grid: devices 6 7, areas 8 to 10, attributes 13 14, values 17 and more, 2 the end, 4 a refusal
SOURCE = torch.tensor([[1, 10, 11], [1, 20, 21], [1, 10, 22], [1, 30, 31], [1, 10, 0]])
TARGET = torch.tensor([[6, 8, 13, 17, 2], [6, 8, 13, 17, 2], [6, 8, 13, 17, 2], [6, 9, 13, 17, 2], [4, 2, 0, 0, 0]])


def test_partners_are_what_they_claim_to_be() -> None:
    found = partners(SOURCE, TARGET)
    assert found.whole.tolist() == [True, True, True, False, False]
    assert found.positive[:3].tolist() == [1, 0, 1]  # the least alike of the same command
    assert found.negative[:4].tolist() == [3, 3, 3, 0]  # the nearest of another, by meaning; then by wording
    filler = partners(torch.cat([SOURCE, SOURCE[:1]]), torch.cat([TARGET, torch.zeros_like(TARGET[:1])]))
    assert filler.whole.tolist() == [True, True, True, False, False, False]
    assert 5 not in filler.negative[:5].tolist()


def test_likeness_is_jaccard() -> None:
    found = likeness(torch.tensor([[5, 6, 7, 0], [6, 7, 8, 9], [5, 6, 7, 7]]))
    assert found[0].tolist() == pytest.approx([1, 2 / 5, 1])


def test_the_triplet_loss_is_the_papers() -> None:
    pooled = functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), dim=1)
    found = Partners(torch.tensor([1, 0, 0]), torch.tensor([2, 2, 1]), torch.tensor([True, True, False]))
    near = 1 - math.sqrt(0.5)
    assert float(triplet_loss(pooled, found, 0.5)) == pytest.approx((0 + 0.5) / 2)  # 0.5 + near - 1 < 0.5 + near - near
    assert float(distance(pooled[:1], pooled[1:2])) == pytest.approx(near)
    assert float(distance(pooled[:1], pooled[2:], euclidean=True)) == pytest.approx(math.sqrt(2))


def test_the_contrastive_loss_is_khoslas() -> None:
    torch.manual_seed(0)
    pooled, key = functional.normalize(torch.randn(6, 8), dim=1), torch.tensor([7, 7, 7, 9, 9, 4])
    scores = (pooled @ pooled.T / 0.1).tolist()
    losses = []
    for i in range(5):
        others = [j for j in range(6) if j != i]
        total = math.log(sum(math.exp(scores[i][j]) for j in others))
        same = [j for j in others if key[j] == key[i]]
        losses.append(sum(total - scores[i][j] for j in same) / len(same))
    assert float(supervised_contrastive_loss(pooled, key, 0.1)) == pytest.approx(sum(losses) / 5, rel=1e-4)
    filled = torch.cat([pooled, pooled[:2]]), torch.cat([key, torch.zeros(2, dtype=key.dtype)])
    assert float(supervised_contrastive_loss(*filled, 0.1)) == pytest.approx(sum(losses) / 5, rel=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", ["triplet", "supervised_contrastive"])
def test_the_space_is_shaped_in_every_family(family: Family, name: str) -> None:
    model = tiny(family)
    objective = Objective(name, alpha=5.0, margin=0.5, euclidean=family == "encoder")  # type: ignore[arg-type]
    optimizer = torch.optim.Adam(model.parameters(), 0.01)

    @torch.no_grad()
    def gap() -> float:
        pooled = functional.normalize(model.pool(SOURCE), dim=1)
        return float(distance(pooled[:1], pooled[3:4]) - distance(pooled[:1], pooled[1:2]))

    before, first = gap(), objective(model, SOURCE, TARGET).item()
    for _ in range(30):
        optimizer.zero_grad()
        loss = objective(model, SOURCE, TARGET)
        loss.backward()
        optimizer.step()
    assert gap() > before + 0.1
    assert loss.item() < first


def test_cross_entropy_takes_no_notice_of_the_space() -> None:
    model = tiny("encoder_decoder")
    assert torch.equal(Objective()(model, SOURCE, TARGET), cross_entropy(model(SOURCE, TARGET)))
