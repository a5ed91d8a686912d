"""Named sizes. The counts are those of a vocabulary of 3,000 tokens and 400 symbols, embeddings included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .encoder_decoder import EncoderDecoderConfig

PRESETS: dict[str, dict[str, int]] = {
    "nano": {"width": 64, "heads": 2, "hidden": 192, "encoder_layers": 2, "decoder_layers": 1},  # 0.35 M
    "tiny": {"width": 96, "heads": 3, "hidden": 256, "encoder_layers": 3, "decoder_layers": 1},  # 0.7 M
    "small": {"width": 128, "heads": 4, "hidden": 384, "encoder_layers": 4, "decoder_layers": 2},  # 1.6 M
    "base": {"width": 192, "heads": 6, "hidden": 512, "encoder_layers": 4, "decoder_layers": 2},  # 3.0 M
    "medium": {"width": 256, "heads": 8, "hidden": 1024, "encoder_layers": 6, "decoder_layers": 2},  # 7.7 M
    "large": {"width": 512, "heads": 8, "hidden": 1536, "encoder_layers": 6, "decoder_layers": 2},  # 25 M
}


def preset(
    name: str, vocabulary: int, symbols: int, overrides: Mapping[str, Any] | None = None
) -> EncoderDecoderConfig:
    """The configuration called `name`, with some of its fields replaced.

    Raises ValueError on an unknown name, an unknown field or sizes that do not fit together.
    """
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    settings: dict[str, Any] = PRESETS[name] | dict(overrides or {})
    known = EncoderDecoderConfig.__dataclass_fields__.keys() - {"vocabulary", "symbols"}
    unknown = sorted(settings.keys() - known)
    if unknown:
        raise ValueError(f"no field {unknown[0]!r} to override")
    return EncoderDecoderConfig(vocabulary=vocabulary, symbols=symbols, **settings)
