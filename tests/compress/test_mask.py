import pytest
import torch

from scenic_iot.compress.mask import apply_masks, is_two_of_four, make_masks, two_of_four, zero_masks
from scenic_iot.compress.scope import linear_layers

from .models import tiny

SCORES = {
    "a": torch.tensor([[1.0, 2.0, 9.0, 8.0], [10.0, 11.0, 12.0, 13.0]]),
    "b": torch.tensor([[0.1, 0.2, 0.3, 0.4]]),
}


def test_within_rows() -> None:
    masks = make_masks(SCORES, 0.5, "row")
    assert masks["a"].tolist() == [[False, False, True, True], [False, False, True, True]]


def test_within_layers() -> None:
    masks = make_masks(SCORES, 0.5, "layer")
    assert masks["a"].tolist() == [[False] * 4, [True] * 4]
    assert masks["b"].tolist() == [[False, False, True, True]]


def test_over_the_whole_model() -> None:
    masks = make_masks(SCORES, 0.5, "global")
    assert not masks["b"].any()
    assert masks["a"].tolist() == [[False, False, True, True], [True] * 4]


def test_equal_scores_still_give_the_sparsity_asked_for() -> None:
    assert int(make_masks({"a": torch.zeros(10, 10)}, 0.3, "layer")["a"].sum()) == 70


def test_two_of_four_keeps_the_two_highest() -> None:
    mask = two_of_four({"a": torch.tensor([[4.0, 1.0, 2.0, 3.0, 1.0, 1.0, 5.0, 6.0]])})["a"]
    assert mask.tolist() == [[True, False, False, True, False, False, True, True]]
    assert is_two_of_four(mask.float())
    assert not is_two_of_four(torch.ones(1, 4))


def test_a_pruned_model_tells_its_masks() -> None:
    model = tiny("encoder")
    scores = {name: layer.weight.abs() for name, layer in linear_layers(model).items()}
    masks = make_masks(scores, 0.7, "layer")
    apply_masks(model, masks)
    assert all(torch.equal(mask, masks[name]) for name, mask in zero_masks(model).items())


@pytest.mark.parametrize("sparsity", [-0.1, 1.0])
def test_no_such_sparsity(sparsity: float) -> None:
    with pytest.raises(ValueError, match="sparsity"):
        make_masks(SCORES, sparsity, "layer")
