"""The decoder-only model: reads the tokens of an instruction one after the other, goes on with its command's symbols.

Pre-norm with RMSNorm, rotary positions, no biases, as Llama; fewer heads of keys and values than of queries. Tokens and
symbols are two embeddings. Positions are counted over what is no padding, and the loss is on the command alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from .base import PAD, Family, Model, Output, mean_of_real, shifted
from .blocks import EncoderLayer
from .config import ModelConfig, setting
from .layers import MASKED, Activation, Heads, RMSNorm, Rotary, like_computed


@dataclass(frozen=True, slots=True)
class DecoderConfig(ModelConfig):
    """The shape of a decoder. Raises ValueError on sizes that do not fit together."""

    activation: Activation = field(default="swiglu", metadata={"help": "inside a feed-forward layer"})
    kv_heads: int = setting(2, "heads of keys and values, a divisor of heads")
    layers: int = setting(5, "layers")
    theta: float = setting(10_000.0, "base of the rotary positions")
    qkv_bias: bool = setting(False, "queries, keys and values have a bias (Qwen2)")
    qk_norm: bool = setting(False, "queries and keys are normed (Qwen3)")
    tied: bool = setting(True, "the symbols' embedding is the output layer, too")

    def __post_init__(self) -> None:
        ModelConfig.__post_init__(self)
        if self.heads % self.kv_heads:
            raise ValueError(f"kv_heads: {self.kv_heads} does not divide the {self.heads} heads")
        if self.head_width % 2:
            raise ValueError(f"heads: {self.head_width} is an odd width, which rotary positions cannot halve")


class Decoder(Model):
    """The whole model."""

    family: ClassVar[Family] = "decoder"
    config: DecoderConfig

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__(config, config.tied)
        heads = Heads(
            config.width,
            config.heads,
            config.head_width,
            config.kv_heads,
            bias=config.qkv_bias,
            norm=config.eps if config.qk_norm else 0.0,
        )
        self.rotary = Rotary(config.head_width, config.max_source + config.max_target, config.theta)
        self.decoder = nn.ModuleList(EncoderLayer(config, heads, config.layers) for _ in range(config.layers))
        self.decoder_norm = RMSNorm(config.width, config.eps)

    def forward(self, source: Tensor, target: Tensor) -> Output:
        """Logits (B, T, symbols) for each place of `target`, given the sentence and the places before it."""
        states = self.states(source, shifted(target))
        read, written = torch.split(states, [source.shape[1], target.shape[1]], dim=1)
        return Output(self.write(written), target, mean_of_real(read, source))

    def pool(self, source: Tensor) -> Tensor:
        """The mean of the last states over the sentence."""
        return mean_of_real(self.states(source, source[:, :0]), source)

    def states(self, source: Tensor, symbols: Tensor) -> Tensor:
        """The last states (B, S+T, W), normed, of a sentence (B, S) and of the symbols (B, T) after it."""
        x = self.enter(self.tokens, source)
        if symbols.shape[1]:
            x = torch.cat([x, self.enter(self.symbols, symbols)], dim=1)
        # Padding among the symbols only comes after all that counts: they are all seen.
        real = torch.cat([source != PAD, torch.ones_like(symbols, dtype=torch.bool)], dim=1)
        rotation = self.rotary((real.cumsum(dim=1) - 1).clamp(min=0))
        earlier = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        bias = like_computed((~(earlier & real[:, None, :]))[:, None].to(x.dtype) * MASKED, x)
        for layer in self.decoder:
            x = layer(x, bias, rotation)
        return cast(Tensor, self.decoder_norm(x))

    def decoder_stack(self) -> list[EncoderLayer]:
        """The layers, first to last."""
        return [cast(EncoderLayer, layer) for layer in self.decoder]
