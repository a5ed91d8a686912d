"""Named sizes of each family. `scenic model list` counts what they come to with a vocabulary; nothing is typed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from scenic_iot.text.clausegrid import Layout

from .base import Family, Model
from .config import ModelConfig
from .decoder import Decoder, DecoderConfig
from .encoder import Encoder, EncoderConfig
from .encoder_decoder import EncoderDecoder, EncoderDecoderConfig

FAMILIES: tuple[Family, ...] = get_args(Family)
_CONFIGS: dict[Family, type[ModelConfig]] = {
    "encoder": EncoderConfig,
    "decoder": DecoderConfig,
    "encoder_decoder": EncoderDecoderConfig,
}
_COLUMNS: dict[Family, tuple[str, ...]] = {
    "encoder": ("width", "heads", "hidden", "layers", "slot_layers"),
    "decoder": ("width", "heads", "hidden", "layers", "kv_heads"),
    "encoder_decoder": ("width", "heads", "hidden", "encoder_layers", "decoder_layers"),
}
_ROWS: dict[Family, dict[str, tuple[int, ...]]] = {
    "encoder": {
        "nano": (64, 2, 192, 2, 1),
        "tiny": (96, 3, 256, 3, 1),
        "small": (128, 4, 384, 4, 1),
        "base": (192, 6, 512, 4, 1),
        "medium": (256, 8, 1024, 6, 1),
        "large": (512, 8, 1536, 7, 1),
        "paper": (768, 12, 3072, 24, 1),
    },
    "decoder": {
        "nano": (64, 2, 192, 3, 1),
        "tiny": (96, 3, 256, 4, 1),
        "small": (128, 4, 384, 5, 2),
        "base": (192, 6, 512, 6, 2),
        "medium": (256, 8, 768, 8, 4),
        "large": (512, 8, 1408, 8, 4),
        "paper": (768, 12, 2048, 24, 4),
    },
    "encoder_decoder": {
        "nano": (64, 2, 192, 2, 1),
        "tiny": (96, 3, 256, 3, 1),
        "small": (128, 4, 384, 4, 2),
        "base": (192, 6, 512, 4, 2),
        "medium": (256, 8, 1024, 6, 2),
        "large": (512, 8, 1536, 6, 2),
        "paper": (768, 12, 3072, 10, 10),
    },
}
PRESETS: tuple[str, ...] = tuple(_ROWS["encoder"])
"""The names, the same for every family."""


def shape(family: Family, name: str) -> dict[str, int]:
    """The sizes of a preset, by field. Raises ValueError on an unknown name."""
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return dict(zip(_COLUMNS[family], _ROWS[family][name], strict=True))


def preset(
    family: Family, name: str, vocabulary: int, grid: Layout, overrides: Mapping[str, Any] | None = None
) -> ModelConfig:
    """The configuration called `name`, with some of its fields replaced; `grid` is that of the output symbols.

    Raises ValueError on an unknown name, an unknown field or sizes that do not fit together.
    """
    return configure(family, vocabulary, grid, shape(family, name) | dict(overrides or {}))


def configure(family: Family, vocabulary: int, grid: Layout, settings: Mapping[str, Any]) -> ModelConfig:
    """A configuration of a family from the fields given. Raises ValueError as `preset` does."""
    kind = _CONFIGS[family]
    known = kind.__dataclass_fields__.keys() - {"vocabulary", "symbols", "grid"}
    unknown = sorted(settings.keys() - known)
    if unknown:
        raise ValueError(f"no field {unknown[0]!r} to override")
    more: dict[str, Any] = {"grid": grid} if family == "encoder" else {}
    return kind(vocabulary=vocabulary, symbols=len(grid.kinds), **settings, **more)


def build(config: ModelConfig) -> Model:
    """A model of a configuration, its weights drawn from torch's random state."""
    if isinstance(config, EncoderConfig):
        return Encoder(config)
    if isinstance(config, DecoderConfig):
        return Decoder(config)
    assert isinstance(config, EncoderDecoderConfig)
    return EncoderDecoder(config)
