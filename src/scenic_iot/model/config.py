"""What the shapes of all families have in common."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, get_args

from .layers import Activation


def setting(default: Any, help: str) -> Any:
    """A documented field."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The shape of a model. Raises ValueError on sizes that do not fit together."""

    vocabulary: int = field(metadata={"help": "number of input tokens, from the tokenizer"})
    symbols: int = field(metadata={"help": "number of output symbols, from the catalogue"})
    width: int = setting(128, "width of the residual stream")
    heads: int = setting(4, "attention heads")
    head: int = setting(0, "width of a head; 0: width / heads")
    hidden: int = setting(384, "width inside a feed-forward layer")
    activation: Activation = field(
        default="relu", metadata={"help": f"{', '.join(get_args(Activation))}; relu is fastest in int8"}
    )
    eps: float = setting(1e-6, "added to what norms divide by")
    dropout: float = setting(0.1, "share of activations dropped in training, in [0, 1)")
    max_source: int = setting(192, "most tokens read; longer sentences are cut")
    max_target: int = setting(128, "most symbols written, the end symbol counted")

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.type == "int" and (not isinstance(value, int) or value < (0 if entry.default == 0 else 1)):
                raise ValueError(f"{entry.name}: {value!r} is not a positive whole number")
        if not self.head and self.width % self.heads:
            raise ValueError(f"heads: {self.heads} does not divide the width {self.width}")
        if self.activation not in get_args(Activation):
            raise ValueError(f"activation: {self.activation!r} is none of {', '.join(get_args(Activation))}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: {self.dropout} is not in [0, 1)")

    @property
    def head_width(self) -> int:
        """The width of a head."""
        return self.head or self.width // self.heads
