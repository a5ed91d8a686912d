"""The encoder-decoder: reads the tokens of an instruction, writes the symbols of its command.

Pre-norm with RMSNorm, relative positions, no biases, the embedding of the symbols tied to the output layer. Training
only: what runs on a device is exported from it (`scenic_iot.export`), step by step and with caches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .layers import (
    MASKED,
    Activation,
    CrossAttention,
    Dropout,
    FeedForward,
    RelativeBias,
    RMSNorm,
    SelfAttention,
    embedding,
)

PAD, BOS = 0, 1  # BOS and padding among the symbols; 0 is also padding among the tokens


@dataclass(frozen=True, slots=True)
class EncoderDecoderConfig:
    """The shape of the model. Raises ValueError on sizes that do not fit together."""

    vocabulary: int = field(metadata={"help": "number of input tokens, from the tokenizer"})
    symbols: int = field(metadata={"help": "number of output symbols, from the catalogue"})
    width: int = field(default=128, metadata={"help": "width of the residual stream"})
    heads: int = field(default=4, metadata={"help": "attention heads, of width / heads each"})
    hidden: int = field(default=384, metadata={"help": "width inside a feed-forward layer"})
    encoder_layers: int = field(default=4, metadata={"help": "layers of the encoder: run once a sentence"})
    decoder_layers: int = field(default=2, metadata={"help": "layers of the decoder: run once a symbol"})
    activation: Activation = field(default="relu", metadata={"help": "relu, gelu or swiglu; relu is fastest in int8"})
    dropout: float = field(default=0.1, metadata={"help": "share of activations dropped in training, in [0, 1)"})
    max_source: int = field(default=192, metadata={"help": "most tokens read; longer sentences are cut"})
    max_target: int = field(default=128, metadata={"help": "most symbols written, the end symbol counted"})

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.name not in ("activation", "dropout") and (not isinstance(value, int) or value < 1):
                raise ValueError(f"{entry.name}: {value!r} is not a positive whole number")
        if self.width % self.heads:
            raise ValueError(f"heads: {self.heads} does not divide the width {self.width}")
        if self.activation not in ("relu", "gelu", "swiglu"):
            raise ValueError(f"activation: {self.activation!r} is none of relu, gelu, swiglu")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: {self.dropout} is not in [0, 1)")


class EncoderLayer(nn.Module):
    """Self-attention, then feed-forward."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        scale = 1 / math.sqrt(2 * config.encoder_layers)
        self.attention_norm, self.feed_norm = RMSNorm(config.width), RMSNorm(config.width)
        self.attention = SelfAttention(config.width, config.heads, scale)
        self.feed = FeedForward(config.width, config.hidden, config.activation, scale)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (B, S, W), bias (B, H, S, S)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), bias))
        return cast(Tensor, x + self.dropout(self.feed(self.feed_norm(x))))


class DecoderLayer(nn.Module):
    """Self-attention, attention to what was read, feed-forward."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        scale = 1 / math.sqrt(3 * config.decoder_layers)
        self.attention_norm, self.cross_norm = RMSNorm(config.width), RMSNorm(config.width)
        self.feed_norm = RMSNorm(config.width)
        self.attention = SelfAttention(config.width, config.heads, scale)
        self.cross = CrossAttention(config.width, config.heads, scale)
        self.feed = FeedForward(config.width, config.hidden, config.activation, scale)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor, memory: Tensor, memory_bias: Tensor) -> Tensor:
        """x (B, T, W), bias (1, H, T, T), memory (B, S, W), memory_bias (B, 1, 1, S)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), bias))
        x = x + self.dropout(self.cross(self.cross_norm(x), memory, memory_bias))
        return cast(Tensor, x + self.dropout(self.feed(self.feed_norm(x))))


class EncoderDecoder(nn.Module):
    """The whole model. Its weights are initialised from torch's random state."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = embedding(config.vocabulary, config.width)
        self.symbols = embedding(config.symbols, config.width)
        self.encoder_positions = RelativeBias(config.heads, config.max_source, causal=False)
        self.decoder_positions = RelativeBias(config.heads, config.max_target, causal=True)
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.encoder_norm, self.decoder_norm = RMSNorm(config.width), RMSNorm(config.width)
        self.dropout = Dropout(config.dropout)

    def forward(self, input_ids: Tensor, target_ids: Tensor) -> Tensor:
        """Logits (B, T, symbols) for each place of `target_ids` (B, T), given the places before it.

        `input_ids` (B, S) and `target_ids` are padded with 0; targets end with the end symbol and begin with none.
        Rows of S > max_source or T > max_target cannot be read.
        """
        memory, memory_bias = self.encode(input_ids)
        begin = torch.full_like(target_ids[:, :1], BOS)
        return self.decode(torch.cat([begin, target_ids[:, :-1]], dim=1), memory, memory_bias)

    def encode(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """What was read, (B, S, W), and the bias that hides its padding, (B, 1, 1, S)."""
        x = self.dropout(self.tokens(input_ids) * math.sqrt(self.config.width))
        hidden = (input_ids == PAD)[:, None, None, :].to(x.dtype) * MASKED
        bias = _like_computed(self.encoder_positions(input_ids.shape[1], input_ids.shape[1]) + hidden, x)
        for layer in self.encoder:
            x = layer(x, bias)
        return self.encoder_norm(x), _like_computed(hidden, x)

    def decode(self, symbols: Tensor, memory: Tensor, memory_bias: Tensor) -> Tensor:
        """Logits (B, T, symbols) of what follows each of `symbols` (B, T), which begin with `<bos>`."""
        x = self.dropout(self.symbols(symbols) * math.sqrt(self.config.width))
        bias = _like_computed(self.decoder_positions(symbols.shape[1], symbols.shape[1]), x)
        for layer in self.decoder:
            x = layer(x, bias, memory, memory_bias)
        return functional.linear(self.decoder_norm(x), self.symbols.weight)

    def encoder_stack(self) -> list[EncoderLayer]:
        """The encoder's layers, first to last."""
        return [cast(EncoderLayer, layer) for layer in self.encoder]

    def decoder_stack(self) -> list[DecoderLayer]:
        """The decoder's layers, first to last."""
        return [cast(DecoderLayer, layer) for layer in self.decoder]

    def size(self) -> int:
        """Number of parameters, embeddings included."""
        return sum(parameter.numel() for parameter in self.parameters())


def _like_computed(bias: Tensor, x: Tensor) -> Tensor:
    """`bias` in the type in which attention computes: autocast's where it is on, else that of `x`."""
    device = x.device.type
    return bias.to(torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype)
