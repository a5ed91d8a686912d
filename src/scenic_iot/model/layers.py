"""The building blocks that the model families share: norm, attention, feed-forward, relative positions.

Shapes in comments: B sentences, T queries, S keys, H heads, D width of a head, W width of the model.
Linear layers have no bias. Every residual branch ends in a projection that is initialised small, so that a deep stack
starts near the identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

Activation = Literal["relu", "gelu", "swiglu"]
MASKED = -1e4  # added to the scores of what must not be seen; finite, so that it survives bfloat16 and int8
_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {"relu": functional.relu, "gelu": functional.gelu}


def linear(inputs: int, outputs: int, scale: float = 1.0) -> nn.Linear:
    """A linear layer without bias that keeps the variance of its input, times `scale`."""
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=scale / math.sqrt(inputs))
    return layer


def embedding(entries: int, width: int) -> nn.Embedding:
    """Rows of length about 1: multiply by sqrt(width) where they enter the residual stream; use as is for logits."""
    layer = nn.Embedding(entries, width)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(width))
    return layer


class Dropout(nn.Module):
    """Drops the same channels at all places of a sentence, as T5 does: the random numbers then cost next to nothing."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) to (B, T, W); what is kept is scaled up. Nothing is dropped outside training."""
        if not self.training or not self.share:
            return x
        kept = torch.empty(x.shape[0], 1, x.shape[2], dtype=x.dtype, device=x.device).bernoulli_(1 - self.share)
        return x * kept.div_(1 - self.share)


class RMSNorm(nn.Module):
    """x / rms(x) * weight, over the last dimension."""

    def __init__(self, width: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Same shape and type as `x`."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.eps)


class RelativeBias(nn.Module):
    """One learned number for each head and each distance between query and key, the same in all layers (as in T5).

    Near distances have a bucket each, far ones share buckets that widen up to `farthest`. It is added to the scores
    where padding is masked anyway, so positions cost nothing more a layer.
    """

    bucket: Tensor

    def __init__(self, heads: int, longest: int, causal: bool, buckets: int = 32, farthest: int = 128) -> None:
        super().__init__()
        self.causal, self.longest = causal, longest
        self.weight = nn.Parameter(torch.zeros(buckets, heads))
        side = buckets if causal else buckets // 2
        before = _bucket(torch.arange(longest), side, farthest)
        after = _bucket(torch.arange(longest, 0, -1), side, farthest) + buckets - side
        # Index d is distance d; a negative d (the key comes later) wraps round into the second half.
        self.register_buffer("bucket", torch.cat([before, after]), persistent=False)

    def table(self) -> Tensor:
        """(H, 2 longest): entry d for a key d places before its query, entry -d for one after it (masked if causal)."""
        table = self.weight[self.bucket].T
        if not self.causal:
            return table
        later = torch.zeros(2 * self.longest, device=table.device)
        later[self.longest :] = MASKED
        return table + later

    def forward(self, queries: int, keys: int) -> Tensor:
        """(1, H, T, S) for `queries` positions at the end of `keys` positions."""
        device = self.weight.device
        distance = torch.arange(keys - queries, keys, device=device)[:, None] - torch.arange(keys, device=device)
        return self.table()[None, :, distance]


def _bucket(distance: Tensor, buckets: int, farthest: int) -> Tensor:
    """Bucket of each distance >= 0: half of the buckets for one distance each, the rest in logarithmic steps."""
    exact = buckets // 2
    ratio = torch.log(distance.clamp(min=1) / exact) / math.log(farthest / exact)
    wide = exact + (ratio * (buckets - exact)).long()
    return torch.where(distance < exact, distance, wide.clamp(max=buckets - 1))


class SelfAttention(nn.Module):
    """Attention of a sequence to itself; queries, keys and values from one projection."""

    def __init__(self, width: int, heads: int, scale: float) -> None:
        super().__init__()
        self.head = width // heads
        self.qkv = linear(width, 3 * width)
        self.out = linear(width, width, scale)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (B, T, W); bias added to the scores, broadcast to (B, H, T, T). Gives (B, T, W)."""
        q, k, v = _split_heads(self.qkv(x), self.head).chunk(3, dim=1)  # each (B, H, T, D)
        return cast(Tensor, self.out(_join_heads(functional.scaled_dot_product_attention(q, k, v, attn_mask=bias))))


class CrossAttention(nn.Module):
    """Attention of one sequence to another that was read before."""

    def __init__(self, width: int, heads: int, scale: float) -> None:
        super().__init__()
        self.head = width // heads
        self.query = linear(width, width)
        self.key_value = linear(width, 2 * width)
        self.out = linear(width, width, scale)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        """x (B, T, W), memory (B, S, W), bias broadcast to (B, H, T, S). Gives (B, T, W)."""
        q = _split_heads(self.query(x), self.head)
        k, v = _split_heads(self.key_value(memory), self.head).chunk(2, dim=1)
        return cast(Tensor, self.out(_join_heads(functional.scaled_dot_product_attention(q, k, v, attn_mask=bias))))


class FeedForward(nn.Module):
    """Two linear layers with the activation between; `swiglu` gates half of the first one's outputs by the other."""

    def __init__(self, width: int, hidden: int, activation: Activation, scale: float) -> None:
        super().__init__()
        self.activation = activation
        self.up = linear(width, hidden * (2 if activation == "swiglu" else 1))
        self.down = linear(hidden, width, scale)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) to (B, T, W)."""
        return cast(Tensor, self.down(activate(self.up(x), self.activation)))


def activate(x: Tensor, activation: Activation) -> Tensor:
    """The activation; `swiglu` halves the last dimension."""
    if activation == "swiglu":
        value, gate = x.chunk(2, dim=-1)
        return value * functional.silu(gate)
    return _PLAIN[activation](x)


def _split_heads(x: Tensor, head: int) -> Tensor:
    """(B, T, n D) to (B, n, T, D): the heads of one or of several projections side by side."""
    return x.view(x.shape[0], x.shape[1], -1, head).transpose(1, 2)


def _join_heads(x: Tensor) -> Tensor:
    """(B, H, T, D) to (B, T, W)."""
    return x.transpose(1, 2).flatten(2)
