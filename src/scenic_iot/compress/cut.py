"""Cutting heads and neurons out of a model's blocks, in place: the rows and columns of the matrices around them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from scenic_iot.model.layers import GATED, CrossAttention, FeedForward, SelfAttention


def cut_self(attention: SelfAttention, kept: Tensor) -> None:
    """Keep these heads of keys and values, with the heads of queries that use them."""
    queries, keys, _ = attention.sizes()
    spread = (kept[:, None] * attention.group + torch.arange(attention.group, device=kept.device)).flatten()
    rows = torch.cat([spread, queries + kept, queries + keys + kept])
    _keep_rows(attention.qkv, _places(rows, attention.head))
    _keep_columns(attention.out, _places(spread, attention.head))


def cut_cross(attention: CrossAttention, kept: Tensor) -> None:
    """Keep these heads."""
    count = attention.count()
    _keep_rows(attention.query, _places(kept, attention.head))
    _keep_rows(attention.key_value, _places(torch.cat([kept, count + kept]), attention.head))
    _keep_columns(attention.out, _places(kept, attention.head))


def cut_feed(feed: FeedForward, kept: Tensor) -> None:
    """Keep these neurons."""
    inner = feed.down.in_features
    _keep_rows(feed.up, torch.cat([kept, inner + kept]) if feed.activation in GATED else kept)
    _keep_columns(feed.down, kept)


def _places(heads: Tensor, width: int) -> Tensor:
    """The rows that make up some heads of a width."""
    return (heads[:, None] * width + torch.arange(width, device=heads.device)).flatten()


def _keep_rows(layer: nn.Linear, rows: Tensor) -> None:
    layer.weight = nn.Parameter(layer.weight.detach()[rows].clone())
    if layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias.detach()[rows].clone())
    layer.out_features = len(rows)


def _keep_columns(layer: nn.Linear, columns: Tensor) -> None:
    layer.weight = nn.Parameter(layer.weight.detach()[:, columns].clone())
    layer.in_features = len(columns)
