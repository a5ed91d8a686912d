"""A small language: three devices, on and off, perhaps in a kitchen. Learned in seconds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

DEVICES = {"light": ("light", "灯"), "fan": ("fan", "风扇"), "tv": ("tv", "电视")}


@dataclass(frozen=True)
class ToyPair:
    text: str
    command: str


def toy_pairs(seed: int, count: int) -> Iterator[ToyPair]:
    """Pairs of the small language, some of them with a placeholder."""
    rng = random.Random(seed)
    for _ in range(count):
        device, kitchen, state = rng.choice([*DEVICES]), rng.random() < 0.5, rng.choice(["on", "off"])
        area = "@kitchen" if kitchen else ""
        english, chinese = DEVICES[device]
        if rng.random() < 0.1:
            yield ToyPair(f"turn {state} \ue000", f"#1 power={state}")
        elif rng.random() < 0.5:
            yield ToyPair(f"turn {state} the {'kitchen ' * kitchen}{english}", f"{device}{area} power={state}")
        else:
            verb = "打开" if state == "on" else "关掉"
            yield ToyPair(f"{verb}{'厨房' * kitchen}{chinese}", f"{device}{area} power={state}")
