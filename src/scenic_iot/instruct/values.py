"""Values and numbers: which are said, how people choose them, and their canonical form."""

from __future__ import annotations

import random

from scenic_iot.home.catalogue import AttributeSpec, Catalogue

from .lexicon import ActionTemplate, Group, Lexicon
from .nounphrase import Context
from .speech import speech_of

AMOUNT_PERCENT = (5, 5, 10, 10, 10, 15, 20, 20, 20, 25, 30, 30, 40, 50)


class Values:
    """Draws the values of one language."""

    def __init__(self, lexicon: Lexicon, catalogue: Catalogue) -> None:
        self.catalogue, self.language = catalogue, lexicon.language
        self.speech = speech_of(lexicon.language)
        self._names = lexicon.values
        self._keys = tuple(lexicon.values)

    def anything(self, rng: random.Random, slot: str) -> str:
        """A number or value in a refusal, where no command says which."""
        if slot == "number":
            return self.speech.number(rng, str(rng.randint(1, 100)), rng.choice(("%", "degree", "")), False)
        return rng.choice(self._names[rng.choice(self._keys)])

    def draw(self, rng: random.Random, context: Context, device: str, group: Group) -> tuple[str, str]:
        """(canonical value, surface) of the group's `{value}` or `{number}` for a device."""
        action = next(a for a in group.actions if "{" in a.value)
        spec = self.catalogue.devices[device if action.device == "*" else action.device].attributes[action.attribute]
        if action.value == "{number}":
            context.kinds.add("number")
            if context.out_of_range and spec.number is not None:
                wrong = int(spec.number.max) + rng.choice(
                    (5, 10, 20, 30, 50, 70, 100, 150, 200, 400, 500, 900, 1000, 2000, rng.randint(60, 900))
                )
                return "", self.speech.number(rng, str(wrong), spec.number.unit, False)
            return self._number(rng, device if action.device == "*" else action.device, spec, action)
        values = group.values or tuple(v for v in spec.values if v not in ("min", "max"))
        value = values[int(rng.random() * len(values))]
        names = self._names[(action.attribute, value)]
        return value, names[0] if rng.random() < 0.3 else names[int(rng.random() * len(names))]

    def _number(self, rng: random.Random, device: str, spec: AttributeSpec, action: ActionTemplate) -> tuple[str, str]:
        """(canonical number, surface) in the attribute's range, as people choose numbers."""
        assert spec.number is not None
        unit = spec.number.unit
        amount = action.op != "="
        if amount:
            n = (
                rng.choice(AMOUNT_PERCENT)
                if unit == "%"
                else rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 5, rng.randint(1, 10)))
            )
            if unit == "kelvin":
                n = rng.choice((100, 200, 300, 500, 500, 1000))
        else:
            n = _draw(rng, device, unit, int(spec.number.min), int(spec.number.max), self.language)
            if action.attribute == "fan_speed":
                n = max(n, 10)  # "speed two" is a level, not 2%
        value = str(n)
        if device in ("climate", "heater") and unit == "degree" and rng.random() < 0.06 and n < 40 and not amount:
            value += ".5"
        elif device == "radio" and unit == "" and rng.random() < 0.6:  # stations on FM
            value = f"{rng.randint(87, 107)}.{rng.randint(1, 9)}"
        said = self.speech.number(rng, value, unit, amount)
        return value + spec.number.suffix, said


def _draw(rng: random.Random, device: str, unit: str, low: int, high: int, language: str) -> int:
    """A number as people choose them."""
    r = rng.random()
    if unit == "%":
        if r < 0.55:
            return rng.randrange(0, 101, 10)
        return rng.randrange(0, 101, 5) if r < 0.75 else rng.randint(0, 100)
    if unit == "kelvin":
        return rng.choice(
            (2200, 2700, 3000, 3500, 4000, 4000, 4500, 5000, 5500, 6000, 6500, rng.randrange(2000, 7000, 100))
        )
    if unit != "degree":
        return rng.randint(1, 20) if r < 0.6 else rng.randint(1, 99) if r < 0.9 else rng.randint(1, 999)
    if device == "oven":
        n = rng.randrange(100, 260, 10) if language == "zh" or r < 0.5 else rng.randrange(200, 500, 25)
    elif device == "fridge":
        n = rng.choice((2, 3, 4, 4, 5, 5, 6, 8, -18, -18, -20, -15, *((38, 40) if language == "en" else ())))
    elif device == "water_heater":
        n = rng.randint(35, 75) if language == "zh" or r < 0.6 else rng.randint(100, 140)
    elif language == "zh" or r < 0.62:
        n = rng.randint(16, 30) if r < 0.56 or language == "zh" else rng.randint(5, 35)
    else:
        n = rng.randint(58, 85)
    return min(max(n, low), high)
