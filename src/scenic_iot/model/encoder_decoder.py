"""The encoder-decoder: reads the tokens of an instruction, writes the symbols of its command.

Pre-norm with RMSNorm, relative positions, no biases, as T5. Training only: what runs on a device is exported from it
(`scenic_iot.export`), step by step and with caches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from torch import Tensor, nn

from .base import Family, Output, Reader, mean_of_real, shifted
from .blocks import DecoderLayer
from .config import ModelConfig, setting
from .layers import Heads, RelativeBias, RMSNorm, like_computed


@dataclass(frozen=True, slots=True)
class EncoderDecoderConfig(ModelConfig):
    """The shape of an encoder-decoder. Raises ValueError on sizes that do not fit together."""

    encoder_layers: int = setting(4, "layers of the encoder: run once a sentence")
    decoder_layers: int = setting(2, "layers of the decoder: run once a symbol")
    scaled: bool = setting(True, "attention divides its scores by sqrt(head); T5 does not")
    tied: bool = setting(True, "the symbols' embedding is the output layer, too")


class EncoderDecoder(Reader):
    """The whole model."""

    family: ClassVar[Family] = "encoder_decoder"
    config: EncoderDecoderConfig

    def __init__(self, config: EncoderDecoderConfig) -> None:
        heads = Heads(config.width, config.heads, config.head_width, scaled=config.scaled)
        super().__init__(config, heads, config.encoder_layers, tied=config.tied)
        self.decoder_positions = RelativeBias(config.heads, config.max_target, causal=True)
        layers = config.decoder_layers
        self.decoder = nn.ModuleList(DecoderLayer(config, heads, layers) for _ in range(layers))
        self.decoder_norm = RMSNorm(config.width, config.eps)

    def forward(self, source: Tensor, target: Tensor) -> Output:
        """Logits (B, T, symbols) for each place of `target`, given the places before it: see `Model`."""
        memory, memory_bias = self.encode(source)
        logits = self.decode(shifted(target), memory, memory_bias)
        return Output(logits, target, mean_of_real(memory, source))

    def pool(self, source: Tensor) -> Tensor:
        """The mean of the encoder's states."""
        return mean_of_real(self.encode(source)[0], source)

    def decode(self, symbols: Tensor, memory: Tensor, memory_bias: Tensor) -> Tensor:
        """Logits (B, T, symbols) of what follows each of `symbols` (B, T), which begin with `<bos>`."""
        x = self.enter(self.symbols, symbols)
        bias = like_computed(self.decoder_positions(symbols.shape[1], symbols.shape[1]), x)
        for layer in self.decoder:
            x = layer(x, bias, memory, memory_bias)
        return self.write(self.decoder_norm(x))

    def decoder_stack(self) -> list[DecoderLayer]:
        """The decoder's layers, first to last."""
        return [cast(DecoderLayer, layer) for layer in self.decoder]
