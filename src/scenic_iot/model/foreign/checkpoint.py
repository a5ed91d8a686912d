"""A checkpoint in Hugging Face format: config.json, model.safetensors, perhaps in shards, and tokenizer.json."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn


class ForeignError(ValueError):
    """A checkpoint that cannot be taken over: incomplete, or of a kind that there is no way to load."""


class Checkpoint:
    """The files of a checkpoint, read as they are asked for."""

    def __init__(self, folder: Path) -> None:
        """Raises ForeignError where a file is missing or damaged."""
        self.folder = folder
        self.settings: dict[str, Any] = self._json("config.json")
        whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
        if index.exists():
            shards: dict[str, str] = self._json(index.name)["weight_map"]
            self._files = {name: folder / file for name, file in shards.items()}
        elif whole.exists():
            with safe_open(whole, "pt") as file:
                self._files = dict.fromkeys(file.keys(), whole)
        else:
            raise ForeignError(f"{folder} has no model.safetensors: save the checkpoint in that format")

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def get(self, name: str, default: Any = None) -> Any:
        """An entry of config.json."""
        return self.settings.get(name, default)

    def require(self, name: str, *allowed: Any) -> None:
        """Raise ForeignError where an entry is there and none of `allowed`."""
        found = self.settings.get(name, allowed[0])
        if found not in allowed:
            raise ForeignError(f"{self.folder / 'config.json'}: {name} {found!r} is not supported")

    def tensor(self, *names: str) -> Tensor:
        """A weight as float32, or several below one another. Raises ForeignError where one is missing."""
        missing = [name for name in names if name not in self._files]
        if missing:
            raise ForeignError(f"{self.folder}: the checkpoint has no {missing[0]!r}")
        parts = []
        for name in names:
            with safe_open(self._files[name], "pt") as file:
                parts.append(file.get_tensor(name).float())
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    def tokenizer(self) -> str:
        """The content of tokenizer.json. Raises ForeignError where there is none."""
        try:
            return (self.folder / "tokenizer.json").read_text(encoding="utf-8")
        except OSError as reason:
            raise ForeignError(f"{self.folder} has no tokenizer.json that can be read: {reason}") from reason

    def _json(self, name: str) -> Any:
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as reason:
            raise ForeignError(f"{self.folder} is no checkpoint: {name}: {reason}") from reason


def embedded(table: Tensor, shift: int) -> Tensor:
    """An embedding as it is kept here: scaled down, since it is scaled up where it enters, and moved up by `shift`."""
    return raised(table / math.sqrt(table.shape[1]), shift)


def raised(table: Tensor, shift: int) -> Tensor:
    """Rows (V, W) with `shift` empty ones before them, for ids that were raised."""
    return torch.cat([table.new_zeros(shift, table.shape[1]), table])


def fill(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Put weights into a model. Raises ForeignError where they are not all it has, or of other shapes."""
    try:
        model.load_state_dict(weights)
    except RuntimeError as reason:
        raise ForeignError(f"the weights do not fit config.json: {reason}") from reason
