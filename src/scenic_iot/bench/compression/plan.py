"""What the report holds: every variant of a model, and in which precisions it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scenic_iot.compress.prune import METHODS, Method, Pruning
from scenic_iot.compress.schedule import SHAPES, Shape
from scenic_iot.compress.shrink import stacks
from scenic_iot.export.precision import PRECISIONS, Precision
from scenic_iot.model.base import Model
from scenic_iot.model.decoder import Decoder

SPARSITIES = (30, 50, 70, 90)
SHRUNK: dict[str, Mapping[str, float]] = {
    "shrink layers": {"layers": 0.5},
    "shrink layers, neurons": {"layers": 0.5, "hidden": 0.5},
    "shrink layers, neurons, heads": {"layers": 0.5, "hidden": 0.5, "heads": 0.5},
}
"""Shares of what there is that are left, at least one."""
_BOTH: tuple[Precision, ...] = ("fp32", "int8")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of compressing a model."""

    method: str
    """dense; control (dense, trained on for as long as the others); a method of pruning; one of `SHRUNK`."""
    sparsity: int = 0
    """Percent of the weights in scope."""
    schedule: str = "none"
    """none; a schedule of pruning; distilled; aware-8 or aware-4: trained on with rounded weights."""
    precisions: tuple[Precision, ...] = _BOTH

    def __post_init__(self) -> None:
        for precision in self.precisions:
            if precision not in PRECISIONS:
                raise ValueError(f"precision: {precision!r} is none of {', '.join(PRECISIONS)}")
        if self.method in METHODS:
            self.pruning()  # raises ValueError
            if self.schedule not in SHAPES:
                raise ValueError(f"schedule: {self.schedule!r} is none of {', '.join(SHAPES)}")

    @property
    def name(self) -> str:
        """Unique in a plan; fit for a file's name."""
        parts = [self.method, str(self.sparsity), self.schedule]
        return "-".join(part.replace(" ", "-").replace(",", "").replace(":", "to") for part in parts)

    def pruning(self) -> Pruning:
        """How it is pruned; only where the method is one of pruning."""
        method: Method = next(method for method in METHODS if method == self.method)
        return Pruning(method, self.sparsity / 100)

    def shape(self) -> Shape:
        """The schedule of pruning."""
        return next(shape for shape in SHAPES if shape == self.schedule)

    @property
    def prunes(self) -> bool:
        """Whether weights are set to zero."""
        return self.method in METHODS

    @property
    def timed(self) -> bool:
        """Whether its speed is measured: zeros in a dense file change nothing, so one of each pattern is enough."""
        return self.method in ("dense", *SHRUNK) or (self.method in ("magnitude", "2:4") and self.sparsity == 50)


def full_plan() -> list[Variant]:
    """All families are taken through this."""
    variants = [
        Variant("dense", precisions=PRECISIONS),
        Variant("control", schedule="none"),
        Variant("dense", schedule="aware-8", precisions=("int8",)),
        Variant("dense", schedule="aware-4", precisions=("int4",)),
    ]
    for method in ("magnitude", "magnitude-global", "wanda", "gradient", "sparsegpt"):
        variants += [Variant(method, sparsity, "one-shot") for sparsity in SPARSITIES]
    variants += [Variant(method, 50, "one-shot") for method in ("2:4", "2:4-sparsegpt")]
    for method in ("magnitude", "gradient"):
        variants += [Variant(method, sparsity, "cubic") for sparsity in SPARSITIES]
    variants += [Variant("magnitude", sparsity, "steps") for sparsity in (50, 90)]
    return variants + [Variant(name, schedule="distilled") for name in SHRUNK]


def short_plan() -> list[Variant]:
    """What the paper's benchmark is asked of: its own method, the best of ours, and the smaller models."""
    return [
        Variant("dense", precisions=PRECISIONS),
        Variant("control"),
        Variant("gradient", 50, "one-shot"),
        Variant("magnitude", 50, "steps"),
        *(Variant("gradient", sparsity, "cubic") for sparsity in (50, 70, 90)),
        Variant("2:4", 50, "one-shot"),
        *(Variant(name, schedule="distilled") for name in SHRUNK),
    ]


def left_of(model: Model, shares: Mapping[str, float]) -> dict[str, int]:
    """What `shrink` is asked for, from shares of what a model has; "layers" are those of the stack that reads."""
    field = next(iter(stacks(model)))
    group = model.config.heads // model.config.kv_heads if isinstance(model, Decoder) else 1
    found: dict[str, int] = {}
    for name, share in shares.items():
        key = field if name == "layers" else name
        step = group if key == "heads" else 4 if key == "hidden" else 1
        found[key] = max(step, round(getattr(model.config, key) * share / step) * step)
    return found
