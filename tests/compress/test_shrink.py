import pytest
import torch

from scenic_iot.compress.observe import mean_loss
from scenic_iot.compress.shrink import drop_layers, shrink
from scenic_iot.model.base import Family
from scenic_iot.model.presets import build

from .models import FAMILIES, batches, tiny

LAYERS = {"encoder": {"layers": 1}, "decoder": {"layers": 1}, "encoder_decoder": {"encoder_layers": 1}}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_smaller_model_is_an_ordinary_one(family: Family) -> None:
    model = tiny(family, heads=4, **({"kv_heads": 2} if family == "decoder" else {}))
    before = [parameter.clone() for parameter in model.parameters()]
    small = shrink(model, {"heads": 2, "hidden": 20, **LAYERS[family]}, batches())
    assert small.size() < 0.7 * model.size()
    assert (small.config.heads, small.config.hidden, small.config.head_width) == (2, 20, model.config.head_width)
    build(small.config).load_state_dict(small.state_dict())
    batch = batches(1)[0]
    assert small(batch.source, batch.target).logits.isfinite().all()
    assert all(torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("family", FAMILIES)
def test_what_does_nothing_is_what_goes(family: Family) -> None:
    """Silenced heads and neurons are found, so that the smaller model computes the same."""
    kept = {"kv_heads": 2} if family == "decoder" else {}
    model = tiny(family, heads=4, activation="swiglu", **kept)
    width = model.config.head_width
    dead = torch.tensor([0, 1]) if family == "decoder" else torch.tensor([1, 2])  # heads of one group
    with torch.no_grad():
        for name, module in model.named_modules():
            if name.endswith((".attention", ".cross")):
                for head in dead.tolist():
                    module.out.weight[:, head * width : (head + 1) * width] = 0
            if name.endswith(".feed") and name != "cell.feed":
                module.down.weight[:, 5:30] = 0
    small = shrink(model, {"heads": 2, "hidden": model.config.hidden - 25}, batches())
    batch = batches(1)[0]
    expected, found = (each(batch.source, batch.target).logits for each in (model, small))
    assert torch.allclose(found, expected, atol=1e-5)


def test_the_layer_that_is_missed_least_goes() -> None:
    model = tiny("encoder_decoder", encoder_layers=3)
    layers, losses = list(model.encoder), []
    for index in range(3):
        model.encoder = torch.nn.ModuleList(layers[:index] + layers[index + 1 :])
        losses.append(mean_loss(model, batches()))
    model.encoder = torch.nn.ModuleList(layers)
    drop_layers(model, "encoder", 2, batches())
    assert mean_loss(model, batches()) == pytest.approx(min(losses))
    assert max(losses) - min(losses) > 1e-3


@pytest.mark.parametrize(
    ("family", "changes", "message"),
    [
        ("encoder", {"heads": 9}, "9 cannot be left of 2"),
        ("encoder", {"width": 8}, "cannot be shrunk; what can is heads, hidden, layers, slot_layers"),
        ("decoder", {"heads": 1}, "no multiple of 2"),
    ],
)
def test_what_cannot_be_left(family: Family, changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shrink(tiny(family), changes, batches(1))
