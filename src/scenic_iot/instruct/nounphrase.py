"""What `{thing}`, `{area}` and `{in_area}` become: noun phrases with places, names, "all", "except", coordination.

A filled phrase is a `Thing`: its surface, whether it is plural, and its targets, each a device (a catalogue id, or `#1`
for a named one) with an area suffix as the command language writes it (`@kitchen`, `@all-bedroom`, or nothing).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from scenic_iot.home.catalogue import Catalogue
from scenic_iot.text.tokenizer import MAX_AREAS, MAX_NAMES, named_area, named_device

from .lexicon import Lexicon
from .pattern import Variant, compile_pattern

_PLURAL = frozenset(
    {
        "all",
        "all_area",
        "except",
        "except2",
        "areas2",
        "areas3",
        "devices2",
        "devices2_area",
        "devices2_areas2",
        "devices3",
        "names2",
    }
)


PLAIN = 8
"""So many of the first different ways of a shape are the plainest ones."""
PLAIN_SHAPES = ("plain",) * 9 + ("area",) * 9 + ("all", "devices2")
_NOUNS = {"n": "any", "n1": "one", "ns": "many"}
_SECOND_PLACE = frozenset("bcvx")
OUTDOORS = frozenset({"outside", "garden", "balcony", "entrance"})
FLOORS = frozenset({"upstairs", "downstairs", "outside"})


@dataclass(slots=True)
class Context:
    """What one sentence has used: named devices (their types) and named areas, and the phenomena to report."""

    names: list[str] = field(default_factory=list)
    areas: int = 0
    kinds: set[str] = field(default_factory=set)
    phrases: list[str] = field(default_factory=list)
    indoors: bool = False
    """Only places that have a climate of their own: the weather outside is no business of a home."""
    plain: bool = False
    """Things are to be said in the plainest ways."""
    unknown_area: str = ""
    """A place the catalogue lacks, to be said wherever a place is due."""
    unknown_noun: str = ""
    """A device the catalogue lacks, to be said wherever its noun is due."""
    out_of_range: bool = False
    """Numbers are to lie beyond what the attribute takes."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A filled noun phrase."""

    surface: str
    plural: bool
    targets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """How often a {thing} takes each shape; shares of 1, the rest is a plain noun phrase without a place."""

    name: float = 0.13
    named_area: float = 0.07
    """Share of places that are a home's own."""
    area: float = 0.42
    all: float = 0.055
    all_area: float = 0.025
    exception: float = 0.03
    areas2: float = 0.03
    devices2: float = 0.09


@dataclass(slots=True)
class _Draft:
    """A noun phrase being filled: its devices, the suffixes of its places in order, its names."""

    devices: Sequence[str]
    floors: bool
    """A floor may be a place: not beside another place, for "the upstairs bathroom" is one place."""
    areas: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    plural: bool = False


class NounPhrases:
    """Draws noun phrases of one language."""

    def __init__(self, lexicon: Lexicon, catalogue: Catalogue, shares: Shares | None = None) -> None:
        self.shares = shares or Shares()
        self.language = lexicon.language
        grammar = lexicon.grammar.get("nouns")
        if grammar is None:
            raise FileNotFoundError(f"{lexicon.language}/grammar/nouns.yaml is missing")
        self._templates: dict[str, tuple[Variant, ...]] = {}
        self._plain: dict[str, tuple[Variant, ...]] = {}
        for key, lines in grammar.items():
            # every line is drawn alike, however many variants it has
            per_line = [compile_pattern(line, self.language) for line in lines]
            widest = max(map(len, per_line))
            self._templates[key] = tuple(variant for line in per_line for variant in _stretch(line, widest))
            plain = set(list(dict.fromkeys(lines))[:PLAIN])  # a line that stands several times is drawn as often
            self._plain[key] = tuple(
                variant
                for text, line in zip(lines, per_line, strict=True)
                if text in plain
                for variant in _stretch(line, widest)
            )
        self._nouns = lexicon.nouns
        self._brands = lexicon.grammar.get("context", {}).get("brands", ())
        self._clashes = self._find_clashes()
        self._catalogue = catalogue
        self._number = {device: index for index, device in enumerate(catalogue.devices)}
        self._areas = tuple(catalogue.areas)
        self._area_names = {a: spec.names[self.language] for a, spec in catalogue.areas.items()}
        self._where = {a: spec.where.get(self.language, ()) for a, spec in catalogue.areas.items()}
        self.pronouns = tuple(grammar["pronouns"])
        self._whole = tuple(grammar["whole_noun"]), tuple(grammar["in_whole"])

    def noun(self, rng: random.Random, device: str, number: str = "any") -> tuple[str, bool]:
        """(noun, is plural); number is "any", "one" or "many". Now and then one with an authored style word."""
        forms = self._nouns[device]
        first = rng.random() < 0.45
        singular, plural = forms[0] if first else forms[int(rng.random() * len(forms))]
        if number == "many" or (number == "any" and singular != plural and rng.random() < 0.45):
            return plural, plural != singular
        return singular, False

    def thing(self, rng: random.Random, context: Context, device: str, partners: Sequence[str] = ()) -> Thing:
        """A noun phrase for a device; `partners` are devices that may be coordinated with it."""
        names, areas = len(context.names), context.areas
        while True:
            if context.plain and device not in ("all", "scene"):
                shape = PLAIN_SHAPES[int(rng.random() * len(PLAIN_SHAPES))]
                if shape == "devices2":
                    thing = self._special(rng, context, shape, device, partners)
                else:
                    thing = self._render(rng, context, shape, device, ())
            else:
                thing = self._draw(rng, context, device, partners)
            plain = thing.surface.replace(" ", "")
            if not any(noun in plain for noun in self._clashes.get(device, ())):
                return thing
            del context.names[names:]
            context.areas = areas

    def _find_clashes(self) -> dict[str, tuple[str, ...]]:
        """device -> nouns of other devices that hold one of its own: a door in the garage is no "garage door"."""
        flat = {d: {form.replace(" ", "") for pair in nouns for form in pair} for d, nouns in self._nouns.items()}
        found: dict[str, set[str]] = {}
        for device, own in flat.items():
            for other, theirs in flat.items():
                for noun in theirs - own if other != device else ():
                    if any(noun != mine and noun.endswith(mine) for mine in own) and not any(
                        noun in mine for mine in own
                    ):
                        found.setdefault(device, set()).add(noun)
        return {device: tuple(sorted(nouns)) for device, nouns in found.items()}

    def _draw(self, rng: random.Random, context: Context, device: str, partners: Sequence[str]) -> Thing:
        shares, u = self.shares, rng.random()
        if device in ("all", "scene"):
            return self._render(rng, context, "bare_area" if u < shares.area else "bare", device, ())
        if u < shares.name and len(context.names) < MAX_NAMES and device != "sensor":
            shape = "names2" if u < shares.name * 0.06 and len(context.names) < MAX_NAMES - 1 else "name"
            return self._render(rng, context, shape, device, partners)
        u -= shares.name
        if u < shares.area:
            return self._render(rng, context, "area", device, ())
        for shape, share in (
            ("all", shares.all),
            ("all_area", shares.all_area),
            ("except", shares.exception),
            ("areas2", shares.areas2),
            ("devices2", shares.devices2),
        ):
            u -= shares.area if shape == "all" else 0
            if u < share:
                return self._special(rng, context, shape, device, partners)
            u -= share
        return self._render(rng, context, "plain", device, ())

    def _special(self, rng: random.Random, context: Context, shape: str, device: str, partners: Sequence[str]) -> Thing:
        v = rng.random()
        if shape == "devices2":
            if not partners:
                return self._render(rng, context, "area", device, ())
            shape = (
                "devices2" if v < 0.45 else "devices2_area" if v < 0.7 else "devices2_areas2" if v < 0.9 else "devices3"
            )
            shape = "devices2" if shape == "devices3" and len(partners) < 2 else shape
        elif shape == "areas2" and v < 0.15:
            shape = "areas3"
        elif shape == "except":
            if not self._catalogue.devices[device].whole_home:
                return self._render(rng, context, "area", device, ())
            shape = "except2" if v < 0.15 else "except"
        context.kinds.add(
            "except" if shape.startswith("except") else "all" if shape.startswith("all") else "coordination"
        )
        return self._render(rng, context, shape, device, partners)

    def area(
        self, rng: random.Random, context: Context, adverbial: bool, two: bool = True
    ) -> tuple[str, tuple[str, ...]]:
        """({area} or {in_area} surface, area suffixes); now and then two places, unless `two` is false."""
        u = rng.random()
        if u < 0.06:
            whole = self._whole[adverbial]
            return whole[int(rng.random() * len(whole))], ("@all",)
        surface, suffix = self.place(rng, context, adverbial)
        if u > 0.97 and two:
            other, suffix2 = self.place(rng, context, adverbial)
            if suffix2 != suffix:
                return f"{surface} and {other}" if self.language == "en" else f"{surface}和{other}", (suffix, suffix2)
        return surface, (suffix,)

    def _draw_area(self, rng: random.Random, context: Context) -> tuple[str, str, str]:
        """(area id or "", name, suffix); a named area has no id."""
        if context.unknown_area:
            return "", context.unknown_area, "@unknown"
        if rng.random() < self.shares.named_area and context.areas < MAX_AREAS:
            context.areas += 1
            context.kinds.add("named_area")
            return "", named_area(context.areas - 1), f"@#{context.areas}"
        area = self._areas[int(rng.random() * len(self._areas))]
        while context.indoors and area in OUTDOORS:
            area = self._areas[int(rng.random() * len(self._areas))]
        names = self._area_names[area]
        return area, names[0] if rng.random() < 0.5 else names[int(rng.random() * len(names))], f"@{area}"

    def place(self, rng: random.Random, context: Context, adverbial: bool) -> tuple[str, str]:
        """(surface, area suffix) of one place: `{area}`, or `{in_area}` if adverbial."""
        area, name, suffix = self._draw_area(rng, context)
        return (self._adverbial(rng, area, name) if adverbial else self._article(rng, name)), suffix

    def _article(self, rng: random.Random, name: str) -> str:
        templates = self._templates["area_noun"]
        return templates[int(rng.random() * len(templates))].template % name

    def _adverbial(self, rng: random.Random, area: str, name: str) -> str:
        where = self._where.get(area, ())
        if where:
            return where[int(rng.random() * len(where))]
        templates = self._templates["in_area"]
        return templates[int(rng.random() * len(templates))].template % name

    def _render(self, rng: random.Random, context: Context, shape: str, device: str, partners: Sequence[str]) -> Thing:
        templates = (self._plain if context.plain else self._templates)[shape]
        variant = templates[int(rng.random() * len(templates))]
        devices = [device]
        if "m" in variant.slots or ("name2" in variant.slots and partners and rng.random() < 0.5):
            others = [p for p in partners if p != device]
            devices.append(others[int(rng.random() * len(others))] if others else device)
        if "o" in variant.slots:
            rest = [p for p in partners if p not in devices]
            devices.append(rest[int(rng.random() * len(rest))] if rest else device)
        draft = _Draft(devices, floors=not _SECOND_PLACE & set(variant.slots))
        fillings = [self._slot(rng, context, slot, draft) for slot in variant.slots]
        plural = shape in _PLURAL or draft.plural
        return Thing(
            variant.template % tuple(fillings), plural, self._targets(shape, devices, draft.areas, draft.named)
        )

    def _slot(self, rng: random.Random, context: Context, slot: str, draft: _Draft) -> str:
        if slot in _NOUNS and context.unknown_noun:
            return context.unknown_noun
        if slot in _NOUNS:
            noun, plural = self.noun(rng, draft.devices[0], _NOUNS[slot])
            draft.plural |= plural
            return noun
        if slot in ("m", "o"):
            return self.noun(rng, draft.devices[1 if slot == "m" else 2])[0]
        if slot in ("name", "name2"):
            device = draft.devices[-1] if slot == "name2" else draft.devices[0]
            context.names.append(device)
            context.kinds.add("name")
            draft.named.append(f"#{len(context.names)}")
            return named_device(len(context.names) - 1, self._number[device])
        if slot == "brand":
            return self._brands[int(rng.random() * len(self._brands))] if self._brands else ""
        area, name, suffix = self._draw_area(rng, context)
        for _ in range(9):
            fits = (draft.floors and slot != "inner") or area not in FLOORS
            if context.unknown_area or (fits and suffix not in draft.areas):
                break
            area, name, suffix = self._draw_area(rng, context)
        draft.areas.append(suffix)
        return self._adverbial(rng, area, name) if slot in "wvx" else name

    def _targets(
        self, shape: str, devices: Sequence[str], areas: Sequence[str], named: Sequence[str]
    ) -> tuple[tuple[str, str], ...]:
        if named:
            return tuple((name, "") for name in named)
        if shape == "all":
            return ((devices[0], "@all" if self._catalogue.devices[devices[0]].whole_home else ""),)
        if shape in ("except", "except2"):
            return ((devices[0], "@all" + "".join("-" + area[1:] for area in areas)),)
        if shape == "devices2_areas2":
            return tuple(zip(devices, areas, strict=True))
        if shape in ("areas2", "areas3"):
            return tuple((devices[0], area) for area in areas)
        return tuple((device, areas[0] if areas else "") for device in devices)


def _stretch(variants: tuple[Variant, ...], size: int) -> list[Variant]:
    return [variants[i % len(variants)] for i in range(size)]
