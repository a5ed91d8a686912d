"""What is to be refused, beyond what the lexicon says word for word.

Orders about places, devices, numbers and conditions that there are not, and orders that leave out what they are about.
"""

from __future__ import annotations

import random

from .clause import Clauses
from .draw import pick
from .dress import Dress
from .lexicon import Lexicon
from .nounphrase import Context


class Refusals:
    """Draws sentences to refuse, of one language."""

    def __init__(self, lexicon: Lexicon, clauses: Clauses, dress: Dress) -> None:
        self.language, self.clauses, self.dress = lexicon.language, clauses, dress
        talk, unknown = lexicon.grammar["talk"], lexicon.grammar["unknown"]
        self._bad_schedules, self._joins = talk["bad_schedules"], talk["joins"]
        self._unknown_areas, self._unknown_devices = unknown["areas"], unknown["devices"]

    def unsupported(self, rng: random.Random, context: Context) -> str:
        """A home-control order that cannot be carried out."""
        u = rng.random()
        if u < 0.50:
            return self.clauses.refusal(rng, context, "unsupported").text
        if u < 0.68:
            said = self.clauses.order(rng, context, direct=rng.random() < 0.8)
            while not said.schedulable:  # with a time of its own it might be a good order again
                said = self.clauses.order(rng, reset(context), direct=True)
            context.kinds.add("reject:condition")
            when = pick(rng, self._bad_schedules)
            if self.language == "en":
                text = f"{said.text} {when}" if rng.random() < 0.6 else f"{when} {said.text}"
            else:
                text = when + said.text if rng.random() < 0.75 else said.text + when
            return self.dress.frame(rng, context, text) if rng.random() < 0.2 else text
        if u < 0.80:
            return self._unknown_place(rng, context)
        if u < 0.88:
            context.kinds.add("reject:unknown_device")
            context.unknown_noun = pick(rng, self._unknown_devices)
            said = self.clauses.about_thing(rng, context)
            if context.names or context.unknown_noun not in said.text:
                return self.clauses.refusal(rng, context, "unsupported").text
            return said.text
        if u < 0.94:
            context.kinds.add("reject:out_of_range")
            return self.clauses.out_of_range(rng, context).text
        context.kinds.add("reject:part")
        refused = self.unsupported(rng, context)
        context.unknown_area = context.unknown_noun = ""
        other = self.clauses.order(rng, context, direct=True).text
        pair = (refused, other) if rng.random() < 0.5 else (other, refused)
        return pick(rng, self._joins).replace("{1}", pair[0]).replace("{2}", pair[1])

    def _unknown_place(self, rng: random.Random, context: Context) -> str:
        context.kinds.add("reject:unknown_area")
        context.unknown_area = pick(rng, self._unknown_areas)
        for _ in range(12):
            said = self.clauses.order(rng, context)
            if context.unknown_area in said.text:
                break
            context.names.clear()
        else:
            return self.clauses.refusal(rng, context, "unsupported").text
        return said.text

    def ambiguous(self, rng: random.Random, context: Context) -> str:
        """A home-control sentence that leaves out what to do, or with what."""
        u = rng.random()
        if u < 0.72:
            return self.clauses.refusal(rng, context, "ambiguous").text
        if u < 0.84:
            context.kinds.add("reject:bare_noun")
            device, _ = rng.choice(self.clauses.tables.orders)
            if device in ("all", "scene", "coffee_machine", "sensor"):
                device = "light"
            return self.clauses.nouns.thing(rng, context, device).surface
        context.kinds.add("reject:pronoun")
        said = self.clauses.about_thing(rng, context, pick(rng, self.clauses.nouns.pronouns))
        return said.text


def reset(context: Context) -> Context:
    """Forget what an attempt has used."""
    context.names.clear()
    context.areas = 0
    context.kinds.clear()
    context.phrases.clear()
    return context
