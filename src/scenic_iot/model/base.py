"""What every family is to those who train it: sentences and commands in, logits and what they should be out."""

from __future__ import annotations

import math
from typing import ClassVar, Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocks import EncoderLayer, LearnedPositions
from .config import ModelConfig
from .layers import MASKED, Dropout, Heads, RelativeBias, RMSNorm, embedding, like_computed, linear

PAD, BOS = 0, 1  # BOS and padding among the symbols; 0 is also padding among the tokens
Family = Literal["encoder", "decoder", "encoder_decoder"]
Style = Literal["pre", "bert"]
"""How an encoder reads: as the other families, or as BERT does."""


class Output(NamedTuple):
    """What a model makes of B sentences: V numbers for each of L places that a command is written in."""

    logits: Tensor
    """(B, L, V)."""
    gold: Tensor
    """(B, L): the right symbol of each place, 0 where none counts."""
    pooled: Tensor
    """(B, W): one vector a sentence."""


class Model(nn.Module):
    """A family: its tokens, its symbols, and the layer that writes them, which is tied to the symbols unless `tied` is
    false. Weights are initialised from torch's random state."""

    family: ClassVar[Family]

    def __init__(self, config: ModelConfig, tied: bool = True) -> None:
        super().__init__()
        self.config = config
        self.tokens = embedding(config.vocabulary, config.width)
        self.symbols = embedding(config.symbols, config.width)
        self.output = None if tied else linear(config.width, config.symbols)
        self.dropout = Dropout(config.dropout)

    def forward(self, source: Tensor, target: Tensor) -> Output:
        """What the model makes of tokens (B, S), taught by the symbols (B, T) that it should write.

        Both are padded with 0; targets end with the end symbol and begin with none. S is at most `max_source`, T at
        most `max_target`.
        """
        raise NotImplementedError

    def pool(self, source: Tensor) -> Tensor:
        """One vector (B, W) for each sentence (B, S), the same as `forward` gives."""
        raise NotImplementedError

    def check(self, targets: Tensor) -> None:
        """Raise ValueError where a row of symbols (B, T) cannot be written by this model."""

    def enter(self, table: nn.Embedding, ids: Tensor) -> Tensor:
        """Ids (B, T) as they enter the residual stream, (B, T, W)."""
        return cast(Tensor, self.dropout(table(ids) * math.sqrt(self.config.width)))

    def write(self, x: Tensor) -> Tensor:
        """Logits (…, symbols) of normed states (…, W)."""
        return functional.linear(x, self.symbols.weight if self.output is None else self.output.weight)

    def size(self) -> int:
        """Number of parameters, embeddings included."""
        return sum(parameter.numel() for parameter in self.parameters())


class Reader(Model):
    """A family that begins with an encoder, which sees the whole sentence at once."""

    def __init__(
        self,
        config: ModelConfig,
        heads: Heads,
        layers: int,
        *,
        style: Style = "pre",
        tied: bool = True,
    ) -> None:
        super().__init__(config, tied)
        bert = style == "bert"
        self.encoder_positions: RelativeBias | LearnedPositions = (
            LearnedPositions(config) if bert else RelativeBias(config.heads, config.max_source, causal=False)
        )
        self.encoder = nn.ModuleList(EncoderLayer(config, heads, layers, post=bert) for _ in range(layers))
        self.encoder_norm = nn.Identity() if bert else RMSNorm(config.width, config.eps)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """What was read, (B, S, W), and the bias that hides its padding, (B, 1, 1, S)."""
        x = self.enter(self.tokens, source)
        hidden = (source == PAD)[:, None, None, :].to(x.dtype) * MASKED
        if isinstance(self.encoder_positions, LearnedPositions):
            x, bias = self.encoder_positions(x), hidden
        else:
            bias = self.encoder_positions(source.shape[1], source.shape[1]) + hidden
        bias = like_computed(bias, x)
        for layer in self.encoder:
            x = layer(x, bias)
        return self.encoder_norm(x), like_computed(hidden, x)

    def encoder_stack(self) -> list[EncoderLayer]:
        """The encoder's layers, first to last."""
        return [cast(EncoderLayer, layer) for layer in self.encoder]


def mean_of_real(states: Tensor, source: Tensor) -> Tensor:
    """The mean (B, W) of states (B, S, W) over the tokens (B, S) that are no padding."""
    real = (source != PAD).to(states.dtype)[:, :, None]
    return (states * real).sum(dim=1) / real.sum(dim=1).clamp(min=1)


def shifted(target: Tensor) -> Tensor:
    """What is fed to write `target` (B, T): the begin symbol, then all but the last."""
    return torch.cat([torch.full_like(target[:, :1], BOS), target[:, :-1]], dim=1)
