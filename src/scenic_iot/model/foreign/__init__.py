"""Weights of other models: checkpoints in Hugging Face format become models of the families here.

`load_foreign` gives a model as it was trained, with its own vocabulary as output; `with_symbols` keeps what it reads
with and gives it the symbols of commands to write. Nothing needs `transformers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from scenic_iot.command.grid import Grid
from scenic_iot.model.base import Model
from scenic_iot.model.encoder import EncoderConfig
from scenic_iot.model.presets import build
from scenic_iot.text.foreign import ForeignTokenizer

from . import bert, llama, t5
from .checkpoint import Checkpoint, ForeignError

__all__ = ["Foreign", "ForeignError", "load_foreign", "with_symbols"]

_LOADERS: dict[str, Callable[[Checkpoint, int], Model]] = {
    "t5": t5.load,
    "mt5": t5.load,
    "llama": llama.load,
    "qwen2": llama.load,
    "qwen3": llama.load,
    "bert": bert.load,
}
_NEW = ("tokens", "symbols", "output")  # not taken over as they are


@dataclass(frozen=True, slots=True)
class Foreign:
    """A model of another maker, in evaluation mode, and its tokenizer, whose ids it reads."""

    model: Model
    tokenizer: ForeignTokenizer


def load_foreign(folder: Path, device_types: Sequence[str] = ()) -> Foreign:
    """Read a checkpoint. Raises ForeignError, or TokenizerError.

    The tokens that the tokenizer adds for names of the `device_types` are not in the model: see `with_symbols`.
    """
    checkpoint = Checkpoint(folder)
    kind = checkpoint.get("model_type")
    if kind not in _LOADERS:
        raise ForeignError(f"{folder} is of the kind {kind!r}; there are loaders for {', '.join(_LOADERS)}")
    tokenizer = ForeignTokenizer(checkpoint.tokenizer(), device_types)
    return Foreign(_LOADERS[kind](checkpoint, tokenizer.shift), tokenizer)


def with_symbols(foreign: Foreign, grid: Grid, overrides: Mapping[str, Any] | None = None) -> Model:
    """A model that reads as the foreign one does and writes the symbols of `grid`, which are new to it.

    Embeddings of new tokens and symbols are drawn from torch's random state, about as long as those that are known.
    `overrides` are fields of the configuration that say nothing of the weights taken over: dropout, max_source …
    Raises ForeignError where they do.
    """
    base, own, count = foreign.model, foreign.tokenizer.own, len(foreign.tokenizer)
    changes: dict[str, Any] = {"vocabulary": count, "symbols": len(grid.kinds), **(overrides or {})}
    changes |= {"grid": grid} if isinstance(base.config, EncoderConfig) else {"tied": True}
    try:
        model = build(replace(base.config, **changes))
    except TypeError as reason:
        raise ForeignError(f"{type(base.config).__name__}: {reason}") from reason
    mine, spread = model.state_dict(), float(base.tokens.weight.detach().std())
    with torch.no_grad():
        for table in (model.tokens.weight, model.symbols.weight):
            table.normal_(std=spread)
        known = min(own, len(base.tokens.weight))
        model.tokens.weight[:known] = base.tokens.weight[:known]
        for name, weight in base.state_dict().items():
            if name in mine and name.split(".")[0] not in _NEW:
                if name == "encoder_positions.weight" and weight.dim() == 2 and len(weight) > len(mine[name]):
                    weight = weight[: len(mine[name])]  # places that are never reached
                if weight.shape != mine[name].shape:
                    raise ForeignError(f"{name} has the shape {tuple(weight.shape)}, not {tuple(mine[name].shape)}")
                mine[name].copy_(weight)
    return model
