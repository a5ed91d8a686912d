"""Whole layers, of which the families' stacks are made, and positions that are added to what enters a stack."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from .config import ModelConfig
from .layers import CrossAttention, Dropout, FeedForward, Heads, RMSNorm, SelfAttention


class EncoderLayer(nn.Module):
    """Self-attention, then feed-forward; a decoder without an encoder is made of these, too.

    With `post` the norms are LayerNorms that come after the branches and everything has a bias, as in BERT.
    """

    attention_norm: RMSNorm | nn.LayerNorm
    feed_norm: RMSNorm | nn.LayerNorm

    def __init__(self, config: ModelConfig, heads: Heads, layers: int, post: bool = False) -> None:
        super().__init__()
        scale = 1 / math.sqrt(2 * layers)
        norm = nn.LayerNorm if post else RMSNorm
        self.post = post
        self.attention_norm, self.feed_norm = norm(config.width, config.eps), norm(config.width, config.eps)
        self.attention = SelfAttention(heads, scale)
        self.feed = FeedForward(config.width, config.hidden, config.activation, scale, bias=post)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor, rotation: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """x (B, S, W), bias broadcast to (B, H, S, S), rotation as `Rotary` gives it."""
        if self.post:
            x = self.attention_norm(x + self.dropout(self.attention(x, bias, rotation)))
            return cast(Tensor, self.feed_norm(x + self.dropout(self.feed(x))))
        x = x + self.dropout(self.attention(self.attention_norm(x), bias, rotation))
        return cast(Tensor, x + self.dropout(self.feed(self.feed_norm(x))))


class DecoderLayer(nn.Module):
    """Self-attention, attention to what was read, feed-forward."""

    def __init__(self, config: ModelConfig, heads: Heads, layers: int) -> None:
        super().__init__()
        scale = 1 / math.sqrt(3 * layers)
        width, eps = config.width, config.eps
        self.attention_norm, self.cross_norm, self.feed_norm = (RMSNorm(width, eps) for _ in range(3))
        self.attention = SelfAttention(heads, scale)
        self.cross = CrossAttention(heads, scale)
        self.feed = FeedForward(width, config.hidden, config.activation, scale)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor | None, memory: Tensor, memory_bias: Tensor) -> Tensor:
        """x (B, T, W), bias broadcast to (B, H, T, T) or none, memory (B, S, W), memory_bias (B, 1, 1, S)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), bias))
        x = x + self.dropout(self.cross(self.cross_norm(x), memory, memory_bias))
        return cast(Tensor, x + self.dropout(self.feed(self.feed_norm(x))))


class LearnedPositions(nn.Module):
    """A vector for each place, added to what stands there, and a norm: how BERT begins."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(config.max_source, config.width))
        self.norm = nn.LayerNorm(config.width, config.eps)

    def forward(self, x: Tensor) -> Tensor:
        """(B, S, W) to (B, S, W)."""
        return cast(Tensor, self.norm(x + self.weight[: x.shape[1]]))
