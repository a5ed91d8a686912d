"""The building blocks that the model families share: norm, attention, feed-forward, relative and rotary positions.

Shapes in comments: B sentences, T queries, S keys, H heads, D width of a head, W width of the model.
Linear layers have no bias unless asked for: foreign checkpoints may need them. Every residual branch ends in a
projection that is initialised small, so that a deep stack starts near the identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

Activation = Literal["relu", "gelu", "swiglu", "geglu"]
MASKED = -1e4  # added to the scores of what must not be seen; finite, so that it survives bfloat16 and int8
_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {"relu": functional.relu, "gelu": functional.gelu}
GATED: dict[str, Callable[[Tensor], Tensor]] = {
    "swiglu": functional.silu,
    "geglu": partial(functional.gelu, approximate="tanh"),  # T5 v1.1 has the approximation
}


def linear(inputs: int, outputs: int, scale: float = 1.0, bias: bool = False) -> nn.Linear:
    """A linear layer that keeps the variance of its input, times `scale`; a bias begins at 0."""
    layer = nn.Linear(inputs, outputs, bias=bias)
    nn.init.normal_(layer.weight, std=scale / math.sqrt(inputs))
    if bias:
        nn.init.zeros_(layer.bias)
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


class Rotary(nn.Module):
    """Positions as rotations of queries and keys: the two halves of a head are the parts of complex numbers."""

    cos: Tensor
    sin: Tensor

    def __init__(self, head: int, longest: int, theta: float) -> None:
        super().__init__()
        speed = theta ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)
        angle = torch.arange(longest)[:, None] * speed  # (longest, D / 2)
        self.register_buffer("cos", angle.cos().float(), persistent=False)
        self.register_buffer("sin", angle.sin().float(), persistent=False)

    def forward(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines (B, 1, T, D / 2) of positions (B, T)."""
        return self.cos[positions][:, None], self.sin[positions][:, None]


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Heads (B, H, T, D), turned by what `Rotary` gives."""
    first, second = x.chunk(2, dim=-1)
    cos, sin = rotation
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1).to(x.dtype)


@dataclass(frozen=True, slots=True)
class Heads:
    """How attention divides its width, and what foreign checkpoints do differently from T5 or BERT."""

    width: int
    count: int
    """Of queries."""
    head: int
    """Width of each."""
    keys: int = 0
    """Heads of keys and values, each used by as many heads of queries; 0: a pair for every query."""
    bias: bool = False
    """Queries, keys and values have a bias."""
    out_bias: bool = False
    """The output has one."""
    norm: float = 0.0
    """eps of the norms of queries and keys, head by head; 0: there are none."""
    scaled: bool = True
    """Scores are divided by sqrt(head)."""


class SelfAttention(nn.Module):
    """Attention of a sequence to itself; queries, keys and values from one projection, in this order."""

    def __init__(self, heads: Heads, scale: float) -> None:
        super().__init__()
        self.head = heads.head
        self.group = heads.count // (heads.keys or heads.count)
        self.factor = heads.head**-0.5 if heads.scaled else 1.0
        inner = heads.count * heads.head
        self.qkv = linear(heads.width, inner + 2 * inner // self.group, bias=heads.bias)
        self.out = linear(inner, heads.width, scale, bias=heads.out_bias)
        self.norms = nn.ModuleList(RMSNorm(heads.head, heads.norm) for _ in "qk") if heads.norm else None

    def forward(self, x: Tensor, bias: Tensor | None, rotation: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """x (B, T, W); bias added to the scores, broadcast to (B, H, T, T). Gives (B, T, W)."""
        q, k, v = torch.split(_split_heads(self.qkv(x), self.head), self.sizes(), dim=1)  # each (B, H, T, D)
        if self.norms is not None:
            q, k = self.norms[0](q), self.norms[1](k)
        if rotation is not None:
            q, k = rotate(q, rotation), rotate(k, rotation)
        if self.group > 1:  # written out: with `enable_gqa` and a mask, GPUs have no fast kernel
            k, v = k.repeat_interleave(self.group, dim=1), v.repeat_interleave(self.group, dim=1)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=self.factor)
        return cast(Tensor, self.out(_join_heads(mixed)))

    def sizes(self) -> list[int]:
        """Heads of queries, of keys and of values, told from the weights: heads may have been removed."""
        queries = self.out.in_features // self.head
        return [queries, queries // self.group, queries // self.group]


class CrossAttention(nn.Module):
    """Attention of one sequence to another that was read before."""

    def __init__(self, heads: Heads, scale: float) -> None:
        super().__init__()
        self.head = heads.head
        self.factor = heads.head**-0.5 if heads.scaled else 1.0
        inner = heads.count * heads.head
        self.query = linear(heads.width, inner)
        self.key_value = linear(heads.width, 2 * inner)
        self.out = linear(inner, heads.width, scale)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor) -> Tensor:
        """x (B, T, W), memory (B, S, W), bias broadcast to (B, H, T, S). Gives (B, T, W)."""
        q = _split_heads(self.query(x), self.head)
        k, v = _split_heads(self.key_value(memory), self.head).chunk(2, dim=1)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, scale=self.factor)
        return cast(Tensor, self.out(_join_heads(mixed)))

    def count(self) -> int:
        """Heads, told from the weights: some may have been removed."""
        return self.out.in_features // self.head


class FeedForward(nn.Module):
    """Two linear layers with the activation between; a gated one multiplies half of its inputs by the other half."""

    def __init__(self, width: int, hidden: int, activation: Activation, scale: float, bias: bool = False) -> None:
        super().__init__()
        self.activation = activation
        self.up = linear(width, hidden * (2 if activation in GATED else 1), bias=bias)
        self.down = linear(hidden, width, scale, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) to (B, T, W)."""
        return cast(Tensor, self.down(activate(self.up(x), self.activation)))


def activate(x: Tensor, activation: Activation) -> Tensor:
    """The activation; gated ones halve the last dimension: values, then what gates them."""
    if activation in GATED:
        value, gate = x.chunk(2, dim=-1)
        return value * GATED[activation](gate)
    return _PLAIN[activation](x)


def _split_heads(x: Tensor, head: int) -> Tensor:
    """(B, T, n D) to (B, n, T, D): the heads of one or of several projections side by side."""
    return x.view(x.shape[0], x.shape[1], -1, head).transpose(1, 2)


def _join_heads(x: Tensor) -> Tensor:
    """(B, H, T, D) to (B, T, W)."""
    return x.transpose(1, 2).flatten(2)


def like_computed(bias: Tensor, x: Tensor) -> Tensor:
    """`bias` in the type in which attention computes: autocast's where it is on, else that of `x`."""
    device = x.device.type
    return bias.to(torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype)
