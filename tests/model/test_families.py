"""What holds for every family."""

import pytest
import torch

from scenic_iot.command.grid import Grid
from scenic_iot.command.symbols import Symbols
from scenic_iot.home.catalogue import load_catalogue
from scenic_iot.model.base import Family
from scenic_iot.model.decoder import DecoderConfig
from scenic_iot.model.encoder import EncoderConfig
from scenic_iot.model.encoder_decoder import EncoderDecoderConfig
from scenic_iot.model.presets import PRESETS, build, preset

from .tiny import FAMILIES, GRID, tiny

SIZES = {"nano": 0.37e6, "tiny": 0.73e6, "small": 1.5e6, "base": 2.9e6, "medium": 7.4e6, "large": 25e6}
PAPER = {"encoder": 193.7e6, "decoder": 196e6, "encoder_decoder": 187.7e6}
ROWS = torch.tensor([[6, 15, 2, 0, 0, 0], [6, 13, 20, 3, 7, 2]])  # "d ?" and "d c v; d" as kinds
families = pytest.mark.parametrize("family", FAMILIES)


def source(rows: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.randint(3, 50, (rows, 7), generator=torch.Generator().manual_seed(seed))


@families
@pytest.mark.parametrize("activation", ["relu", "gelu", "swiglu", "geglu"])
def test_logits_and_what_they_should_be(family: Family, activation: str) -> None:
    logits, gold, pooled = tiny(family, activation=activation)(source(), ROWS)
    assert logits.shape == (*gold.shape, 30)
    assert pooled.shape == (2, 32)
    assert (gold != 0).any(dim=1).all()
    if family != "encoder":
        assert torch.equal(gold, ROWS)


@families
def test_pooling_alone_gives_the_same(family: Family) -> None:
    model = tiny(family)
    torch.testing.assert_close(model.pool(source()), model(source(), ROWS).pooled)


@families
def test_padding_changes_nothing(family: Family) -> None:
    model = tiny(family)
    padded = torch.cat([source(), torch.zeros(2, 5, dtype=torch.long)], dim=1)
    for one, other in zip(model(padded, ROWS), model(source(), ROWS), strict=True):
        torch.testing.assert_close(one, other)


@families
def test_empty_rows_count_for_nothing(family: Family) -> None:
    assert not tiny(family)(source(), torch.zeros_like(ROWS)).gold.any()


@pytest.mark.parametrize("family", ["decoder", "encoder_decoder"])
def test_what_comes_later_is_not_seen(family: Family) -> None:
    model = tiny(family)
    first, second = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[5, 6, 9, 2]])
    one, other = (model(source(1), row).logits for row in (first, second))
    torch.testing.assert_close(one[:, :3], other[:, :3])
    assert not torch.allclose(one[:, 3], other[:, 3])


@families
def test_order_is_seen(family: Family) -> None:
    model = tiny(family)
    one, other = (model(torch.tensor([row]), ROWS[:1]).logits for row in ([2, 7, 9], [2, 9, 7]))
    assert not torch.allclose(one, other)


@families
def test_bfloat16_comes_close(family: Family) -> None:
    model = tiny(family)
    with torch.autocast("cpu", torch.bfloat16):
        rough = model(source(), ROWS).logits.float()
    assert (rough - model(source(), ROWS).logits).abs().max() < 0.15


@families
def test_dropout_only_in_training(family: Family) -> None:
    model = tiny(family, dropout=0.5)
    assert torch.equal(model(source(), ROWS).logits, model(source(), ROWS).logits)
    model.train()
    assert not torch.equal(model(source(), ROWS).logits, model(source(), ROWS).logits)


@families
def test_every_weight_is_learned(family: Family) -> None:
    model = tiny(family)
    model(source(), ROWS).logits.square().sum().backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


@pytest.fixture(scope="module")
def grid() -> Grid:
    catalogue = load_catalogue()
    return Grid.of(Symbols(catalogue), catalogue)


@families
@pytest.mark.parametrize("name", PRESETS)
def test_presets_have_about_the_same_size_in_all_families(family: Family, name: str, grid: Grid) -> None:
    paper = name == "paper"
    with torch.device("meta"):
        size = build(preset(family, name, 32_000 if paper else 3000, grid)).size()
    assert size == pytest.approx(PAPER[family] if paper else SIZES[name], rel=0.11)


@families
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"width": 130}, "heads"),
        ({"hidden": 0}, "hidden: 0"),
        ({"head": -1}, "head: -1"),
        ({"dropout": 1.0}, "dropout"),
        ({"activation": "tanh"}, "activation"),
        ({"wdith": 64}, "no field 'wdith'"),
        ({"vocabulary": 9}, "no field 'vocabulary'"),
        ({"grid": GRID}, "no field 'grid'"),
    ],
)
def test_what_does_not_fit_is_refused(family: Family, overrides: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset(family, "small", 3000, GRID, overrides)


def test_what_does_not_fit_in_one_family() -> None:
    with pytest.raises(ValueError, match="kv_heads: 3 does not divide"):
        DecoderConfig(9, 9, kv_heads=3)
    with pytest.raises(ValueError, match="odd width"):
        DecoderConfig(9, 9, width=12, heads=4)
    with pytest.raises(ValueError, match="symbols: 9 where the grid has 30"):
        EncoderConfig(9, 9, grid=GRID)
    with pytest.raises(ValueError, match="style"):
        EncoderConfig(9, 30, grid=GRID, style="gpt")  # type: ignore[arg-type]


def test_unknown_preset() -> None:
    with pytest.raises(ValueError, match="no preset 'huge'"):
        preset("decoder", "huge", 3000, GRID)


@pytest.mark.parametrize("config", [EncoderConfig, DecoderConfig, EncoderDecoderConfig])
def test_every_field_is_documented(config: type) -> None:
    assert all(field.metadata["help"] for field in config.__dataclass_fields__.values())
