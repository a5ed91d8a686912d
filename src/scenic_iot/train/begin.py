"""Training that begins with the layers of a model that learned something else, and with its tokenizer.

What is written is another language, so all symbols are new; what reads, and what joins reading to writing, is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from scenic_iot.model.base import Model
from scenic_iot.text.tokenizer import Tokenizer

_NEW = ("symbols.", "output.")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is taken over."""

    tokenizer: Tokenizer
    weights: Mapping[str, Tensor]
    """The other model's, by name; on the processor."""

    @classmethod
    def of(cls, model: Model, tokenizer: Tokenizer) -> Beginning:
        """That of a trained model; nothing of it is shared."""
        return cls(tokenizer, {name: value.detach().cpu().clone() for name, value in model.state_dict().items()})

    def enter(self, model: Model) -> int:
        """Put into a model what has the same name and shape, but no symbols; how many weights that were.

        Raises ValueError where the model has another vocabulary or none of the layers.
        """
        own = model.state_dict()
        taken = {
            name: value
            for name, value in self.weights.items()
            if name in own and own[name].shape == value.shape and not name.startswith(_NEW)
        }
        if "tokens.weight" not in taken or len(taken) < 2:
            raise ValueError("the model to begin with has another shape")
        model.load_state_dict({**own, **taken})
        return sum(value.numel() for value in taken.values())
