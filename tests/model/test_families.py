import pytest
import torch

from scenic_iot.model.encoder_decoder import EncoderDecoder, EncoderDecoderConfig
from scenic_iot.model.presets import PRESETS, preset

SIZES = {"nano": 0.35e6, "tiny": 0.7e6, "small": 1.5e6, "base": 3e6, "medium": 8e6, "large": 25e6}


def tiny(**changes: object) -> EncoderDecoder:
    torch.manual_seed(0)
    shape = {"width": 16, "heads": 2, "hidden": 24, "encoder_layers": 2, "decoder_layers": 2}
    model = EncoderDecoder(EncoderDecoderConfig(50, 20, **(shape | changes)))  # type: ignore[arg-type]
    for positions in (model.encoder_positions, model.decoder_positions):
        torch.nn.init.normal_(positions.weight)
    return model.eval()


@pytest.mark.parametrize("activation", ["relu", "gelu", "swiglu"])
def test_shapes(activation: str) -> None:
    logits = tiny(activation=activation)(torch.randint(1, 50, (3, 7)), torch.randint(1, 20, (3, 5)))
    assert logits.shape == (3, 5, 20)


def test_padding_changes_nothing() -> None:
    model, source, target = tiny(), torch.randint(3, 50, (1, 6)), torch.randint(3, 20, (1, 4))
    padded = torch.cat([source, torch.zeros(1, 5, dtype=torch.long)], dim=1)
    torch.testing.assert_close(model(padded, target), model(source, target))


def test_what_comes_later_is_not_seen() -> None:
    model, source = tiny(), torch.randint(3, 50, (1, 6))
    first, second = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[5, 6, 9, 2]])
    torch.testing.assert_close(model(source, first)[:, :3], model(source, second)[:, :3])
    assert not torch.allclose(model(source, first)[:, 3], model(source, second)[:, 3])


def test_order_is_seen() -> None:
    model, target = tiny(), torch.tensor([[5, 6]])
    assert not torch.allclose(model(torch.tensor([[2, 7, 9]]), target), model(torch.tensor([[2, 9, 7]]), target))


def test_bfloat16_comes_close() -> None:
    model, source, target = tiny(), torch.randint(3, 50, (4, 6)), torch.randint(3, 20, (4, 4))
    with torch.autocast("cpu", torch.bfloat16):
        rough = model(source, target).float()
    assert (rough - model(source, target)).abs().max() < 0.1


def test_dropout_only_in_training() -> None:
    model, source, target = tiny(dropout=0.5), torch.randint(3, 50, (4, 6)), torch.randint(3, 20, (4, 4))
    assert torch.equal(model(source, target), model(source, target))
    model.train()
    assert not torch.equal(model(source, target), model(source, target))


@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_the_size_they_say(name: str) -> None:
    with torch.device("meta"):
        size = EncoderDecoder(preset(name, 3000, 400)).size()
    assert size == pytest.approx(SIZES[name], rel=0.06)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"width": 130}, "heads"),
        ({"hidden": 0}, "hidden: 0"),
        ({"dropout": 1.0}, "dropout"),
        ({"activation": "tanh"}, "activation"),
        ({"wdith": 64}, "no field 'wdith'"),
        ({"vocabulary": 9}, "no field 'vocabulary'"),
    ],
)
def test_what_does_not_fit_is_refused(overrides: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("small", 3000, 400, overrides)


def test_unknown_preset() -> None:
    with pytest.raises(ValueError, match="no preset 'huge'"):
        preset("huge", 3000, 400)


def test_every_field_is_documented() -> None:
    assert all(field.metadata["help"] for field in EncoderDecoderConfig.__dataclass_fields__.values())
