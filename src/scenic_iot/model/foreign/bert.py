"""BERT, with the head that names masked words where the checkpoint has one."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from scenic_iot.command.grid import Grid
from scenic_iot.model.base import Reader
from scenic_iot.model.encoder import EncoderConfig
from scenic_iot.model.layers import Heads

from .checkpoint import Checkpoint, embedded, fill


class MaskedLM(Reader):
    """A BERT whose output is its own vocabulary; what is taken over for commands is the reading part."""

    config: EncoderConfig

    def __init__(self, config: EncoderConfig) -> None:
        heads = Heads(config.width, config.heads, config.head_width, bias=True, out_bias=True)
        super().__init__(config, heads, config.layers, style="bert")
        self.transform = nn.Linear(config.width, config.width)
        self.norm = nn.LayerNorm(config.width, config.eps)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))

    def logits(self, source: Tensor) -> Tensor:
        """What may stand at each place of a sentence (B, S): (B, S, vocabulary)."""
        states = self.norm(functional.gelu(self.transform(self.encode(source)[0])))
        return functional.linear(states, self.tokens.weight * math.sqrt(self.config.width), self.bias)


def load(checkpoint: Checkpoint, shift: int) -> MaskedLM:
    """The model; ids are raised by `shift`. Without a head in the checkpoint, that of the model is new."""
    model = MaskedLM(_config(checkpoint, shift))
    prefix = "bert." if "bert.embeddings.LayerNorm.weight" in checkpoint else ""
    entry = f"{prefix}embeddings"
    kind = checkpoint.tensor(f"{entry}.token_type_embeddings.weight")[0]  # one sentence alone is of the first kind
    positions = checkpoint.tensor(f"{entry}.position_embeddings.weight")
    weights = {name: weight for name, weight in model.state_dict().items() if name.split(".")[0] in _OWN}
    weights |= {
        "tokens.weight": embedded(checkpoint.tensor(f"{entry}.word_embeddings.weight"), shift),
        "encoder_positions.weight": positions + kind,
    }
    names = {"encoder_positions.norm": f"{entry}.LayerNorm"}
    for index in range(model.config.layers):
        layer, mine = f"{prefix}encoder.layer.{index}", f"encoder.{index}"
        names |= {
            f"{mine}.attention.out": f"{layer}.attention.output.dense",
            f"{mine}.attention_norm": f"{layer}.attention.output.LayerNorm",
            f"{mine}.feed.up": f"{layer}.intermediate.dense",
            f"{mine}.feed.down": f"{layer}.output.dense",
            f"{mine}.feed_norm": f"{layer}.output.LayerNorm",
        }
        for part in ("weight", "bias"):
            qkv = (f"{layer}.attention.self.{which}.{part}" for which in ("query", "key", "value"))
            weights[f"{mine}.attention.qkv.{part}"] = checkpoint.tensor(*qkv)
    head = "cls.predictions"
    if f"{head}.bias" in checkpoint:
        names |= {"transform": f"{head}.transform.dense", "norm": f"{head}.transform.LayerNorm"}
        weights["bias"] = functional.pad(checkpoint.tensor(f"{head}.bias"), (shift, 0))
    for mine, theirs in names.items():
        weights |= {f"{mine}.{part}": checkpoint.tensor(f"{theirs}.{part}") for part in ("weight", "bias")}
    fill(model, weights)
    return model.eval()


_OWN = ("symbols", "transform", "norm", "bias")  # what a checkpoint may lack


def _config(checkpoint: Checkpoint, shift: int) -> EncoderConfig:
    checkpoint.require("hidden_act", "gelu")
    checkpoint.require("position_embedding_type", "absolute", None)
    return EncoderConfig(
        vocabulary=int(checkpoint.get("vocab_size")) + shift,
        symbols=len(Grid("pbe").kinds),
        width=checkpoint.get("hidden_size"),
        heads=checkpoint.get("num_attention_heads"),
        hidden=checkpoint.get("intermediate_size"),
        activation="gelu",
        eps=checkpoint.get("layer_norm_eps", 1e-12),
        max_source=checkpoint.get("max_position_embeddings", 512),
        layers=checkpoint.get("num_hidden_layers"),
        style="bert",
    )
