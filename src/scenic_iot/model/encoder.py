"""The encoder-only model: reads an instruction once and fills the cells of its command's grid, all at the same time.

Learned queries, one for each action that there may be, look at one another and at what was read; each cell is its
action's state plus what is learned of its place, looks once more, and is a distribution over all symbols and none. So
it says combinations that it never saw, in one pass. What a grid is: `scenic_iot.command.grid`; `slots` makes targets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from scenic_iot.command.grid import Grid
from scenic_iot.text.clausegrid import Layout

from .base import Family, Output, Reader, Style
from .blocks import DecoderLayer
from .config import ModelConfig, setting
from .layers import CrossAttention, Dropout, FeedForward, Heads, RMSNorm
from .slots import GridTargets


@dataclass(frozen=True, slots=True)
class EncoderConfig(ModelConfig):
    """The shape of an encoder. Raises ValueError on sizes that do not fit together."""

    grid: Layout = field(
        default=Grid("pbe"), metadata={"help": "the grid of the catalogue's commands, or of responses"}
    )
    layers: int = setting(4, "layers that read")
    slot_layers: int = setting(1, "layers in which the actions look at what was read")
    style: Style = field(default="pre", metadata={"help": "how it reads: pre as other families, or bert"})

    def __post_init__(self) -> None:
        ModelConfig.__post_init__(self)
        if len(self.grid.kinds) != self.symbols:
            raise ValueError(f"symbols: {self.symbols} where the grid has {len(self.grid.kinds)}")
        if self.style not in ("pre", "bert"):
            raise ValueError(f"style: {self.style!r} is none of pre, bert")


class CellLayer(nn.Module):
    """Attention to what was read, then feed-forward, for every cell alone. Cells are many, so it is narrow."""

    def __init__(self, config: EncoderConfig, heads: Heads) -> None:
        super().__init__()
        scale = 1 / math.sqrt(2)
        self.cross_norm, self.feed_norm = (RMSNorm(config.width, config.eps) for _ in range(2))
        self.cross = CrossAttention(heads, scale)
        self.feed = FeedForward(config.width, config.width, "relu", scale)
        self.dropout = Dropout(config.dropout)

    def forward(self, x: Tensor, memory: Tensor, memory_bias: Tensor) -> Tensor:
        """x (B, L, W), memory (B, S, W), memory_bias (B, 1, 1, S)."""
        x = x + self.dropout(self.cross(self.cross_norm(x), memory, memory_bias))
        return cast(Tensor, x + self.dropout(self.feed(self.feed_norm(x))))


class Encoder(Reader):
    """The whole model."""

    family: ClassVar[Family] = "encoder"
    config: EncoderConfig

    def __init__(self, config: EncoderConfig) -> None:
        heads = Heads(config.width, config.heads, config.head_width)
        bert = config.style == "bert"
        reading = Heads(config.width, config.heads, config.head_width, bias=bert, out_bias=bert)
        super().__init__(config, reading, config.layers, style=config.style)
        self.targets = GridTargets(config.grid)
        self.slots = nn.Parameter(torch.randn(config.grid.slots, config.width))
        self.places = nn.Parameter(torch.randn(config.grid.places, config.width))
        layers = config.slot_layers
        self.slot_layers = nn.ModuleList(DecoderLayer(config, heads, layers) for _ in range(layers))
        self.cell = CellLayer(config, heads)
        self.cell_norm = RMSNorm(config.width, config.eps)

    def forward(self, source: Tensor, target: Tensor) -> Output:
        """Logits (B, L, symbols) of the L cells that rows of T symbols can reach: see `Model`."""
        memory, memory_bias = self.encode(source)
        cells = self.targets.reached(target.shape[1])
        return Output(self.fill(memory, memory_bias, cells), self.targets(target)[:, cells], memory[:, 0])

    def pool(self, source: Tensor) -> Tensor:
        """The state of the first token."""
        return self.encode(source)[0][:, 0]

    def check(self, targets: Tensor) -> None:
        """Raise ValueError where a row (B, T) does not fit the grid."""
        self.targets.check(targets)

    def fill(self, memory: Tensor, memory_bias: Tensor, cells: Tensor) -> Tensor:
        """Logits (B, L, symbols) of the cells (L,), counted slot by slot, given what was read."""
        x = self.slots.expand(len(memory), -1, -1)
        for layer in self.slot_layers:
            x = layer(x, None, memory, memory_bias)
        places = self.config.grid.places
        x = x[:, cells // places] + self.places[cells % places]
        return self.write(self.cell_norm(self.cell(x, memory, memory_bias)))

    def slot_stack(self) -> list[DecoderLayer]:
        """The layers in which the actions look, first to last."""
        return [cast(DecoderLayer, layer) for layer in self.slot_layers]
