"""Small models of every family, with random weights, over 50 tokens and 30 symbols."""

from __future__ import annotations

from typing import Any

import torch

from scenic_iot.command.grid import Grid
from scenic_iot.model.base import Family, Model
from scenic_iot.model.presets import FAMILIES, build, configure

__all__ = ["FAMILIES", "GRID", "tiny"]

GRID = Grid("pbe;rrdd@@@--cc??ttvvvvvvvvvvv", values=3, schedule=4, excluded=2, slots=3)
_SHAPES: dict[Family, dict[str, int]] = {
    "encoder": {"layers": 2, "slot_layers": 2},
    "decoder": {"layers": 2, "kv_heads": 1},
    "encoder_decoder": {"encoder_layers": 2, "decoder_layers": 2},
}


def tiny(family: Family, **changes: Any) -> Model:
    """A model with random weights everywhere, positions, norms and biases included; in evaluation mode."""
    torch.manual_seed(1)
    settings = {"width": 32, "heads": 2, "hidden": 48, **_SHAPES[family], **changes}
    model = build(configure(family, 50, GRID, settings))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "positions" in name and "norm" not in name:
                parameter.normal_()
            elif name.endswith("bias"):
                parameter.normal_(std=0.1)
            elif "norm" in name:
                parameter.uniform_(0.5, 1.5)
    return model.eval()
