import pytest
import torch

from scenic_iot.compress.mask import is_two_of_four
from scenic_iot.compress.observe import saliences, second_moments, squared_inputs
from scenic_iot.compress.prune import METHODS, Pruning, prune
from scenic_iot.compress.scope import count_zeros, linear_layers
from scenic_iot.compress.sparsegpt import prune_matrix
from scenic_iot.model.base import Family

from .models import FAMILIES, batches, tiny


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_prunes_every_family_to_what_was_asked(family: Family, method: str) -> None:
    model = tiny(family)
    embeddings = model.tokens.weight.clone()
    pruning = Pruning(method, 0.5)
    masks = prune(model, pruning, batches())
    found = count_zeros(model)
    assert found.of_targeted == pytest.approx(0.5, abs=0.002)
    assert 0 < found.of_whole < found.of_targeted
    assert torch.equal(model.tokens.weight, embeddings)
    for name, layer in linear_layers(model).items():
        assert bool((layer.weight[~masks[name]] == 0).all())
        assert not pruning.patterned or is_two_of_four(layer.weight)


def test_the_output_layer_stays_dense_unless_asked() -> None:
    model = tiny("encoder_decoder", tied=False)
    prune(model, Pruning("magnitude", 0.5), [])
    assert count_zeros(model).of_targeted == pytest.approx(0.5, abs=0.002)
    assert bool((model.output.weight != 0).all())
    prune(model, Pruning("magnitude", 0.5, heads=True), [])
    assert int((model.output.weight == 0).sum()) == model.output.weight.numel() // 2


def test_what_was_pruned_stays_pruned() -> None:
    model = tiny("encoder")
    first = prune(model, Pruning("magnitude", 0.3), [])
    for layer in linear_layers(model).values():  # as if training had made the rest tiny
        layer.weight.data.mul_(1e-3)
    second = prune(model, Pruning("magnitude", 0.6), [], first)
    assert all(not bool((second[name] & ~first[name]).any()) for name in first)
    assert count_zeros(model).of_targeted == pytest.approx(0.6, abs=0.002)


@pytest.mark.parametrize(
    ("method", "sparsity", "message"),
    [("random", 0.5, "none of magnitude"), ("wanda", 1.0, r"not in \[0, 1\)"), ("2:4", 0.3, "is 0.5")],
)
def test_what_cannot_be_is_an_error(method: str, sparsity: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pruning(method, sparsity)


def test_two_of_four_needs_inputs_in_fours() -> None:
    model = tiny("encoder_decoder", hidden=50)
    with pytest.raises(ValueError, match="50 inputs are no multiple of 4"):
        prune(model, Pruning("2:4", 0.5), [])


def test_hooks_see_what_enters_a_layer() -> None:
    model, data = tiny("decoder"), batches(1)
    seen = []
    layer = model.decoder[0].feed.down
    handle = layer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach().flatten(0, -2)))
    model(data[0].source, data[0].target)
    handle.remove()
    squares = squared_inputs(model, data)["decoder.0.feed.down"]
    assert torch.allclose(squares, seen[0].square().mean(0), atol=1e-6)
    moment = second_moments(model, data)["decoder.0.feed.down"]
    assert torch.allclose(moment.diagonal(), squares, atol=1e-5)
    assert not layer._forward_pre_hooks


def test_gradients_are_summed_by_size_and_in_float32() -> None:
    model, data = tiny("encoder_decoder"), batches(2)
    name, layer = next(iter(linear_layers(model).items()))
    expected = torch.zeros_like(layer.weight)
    for batch in data:
        one = saliences(model, [batch])[name]
        assert one.dtype == torch.float32
        expected += one
    found = saliences(model, data)[name]
    assert torch.allclose(found, expected)
    assert float(found.max()) > 0


def test_sparsegpt_changes_outputs_less_than_dropping_the_smallest() -> None:
    torch.manual_seed(2)
    weight = torch.randn(16, 192)
    inputs = torch.randn(500, 24) @ torch.randn(24, 192)  # inputs that can stand in for one another
    moment = inputs.T @ inputs / len(inputs)
    pruned, mask = prune_matrix(weight, moment, 0.5)
    assert float((pruned == 0).float().mean()) == pytest.approx(0.5, abs=0.001)
    assert bool((pruned[~mask] == 0).all())
    smallest = weight * (weight.abs() > weight.abs().median())
    expected = inputs @ weight.T
    errors = [float((inputs @ other.T - expected).square().mean()) for other in (pruned, smallest)]
    assert errors[0] < 0.2 * errors[1]
    assert is_two_of_four(prune_matrix(weight, moment, None)[0])
