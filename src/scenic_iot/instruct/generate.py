"""Smart Home Instruct: pairs of an instruction and its command, composed from the lexicon.

A sentence is one to five clauses (`clause.py`) with times, politeness, wake words, corrections and slips around them,
or something to refuse. Everything comes from one random source a shard, so a seed always makes the same pairs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scenic_iot.home.catalogue import Catalogue, load_catalogue

from .clause import Clauses, Said
from .lexicon import LANGUAGES, Lexicon, load_lexicon, read_lexicon
from .noise import slip
from .nounphrase import Context, Shares

_OPPOSITE = {
    "power=on": "power=off",
    "power=off": "power=on",
    "task=clean": "task=stop",
    "position=open": "position=closed",
    "position=closed": "position=open",
    "swing=on": "swing=off",
    "mute=on": "mute=off",
    "task=start": "task=stop",
    "recording=on": "recording=off",
    "privacy=on": "privacy=off",
}
_SHARED = frozenset({"power", "volume", "playback", "mute", "temperature", "fan_speed", "position", "task", "mode"})
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwxz", "aeiou"
_NAME_CHARACTERS = "小大阿老乐琪米豆贝多宝点星月云雨晴朵妞妮欧丽娜可莉奥艾伊菲安卡罗拉维洛尼科达飞龙龟虎雷萌"


@dataclass(frozen=True, slots=True)
class Mix:
    """What a data set is made of. Shares of 1 unless said otherwise."""

    out_of_scope: float = 0.24
    unsupported: float = 0.08
    ambiguous: float = 0.05
    actions: tuple[float, ...] = (0.77, 0.15, 0.05, 0.02, 0.01)
    """Sentences of 1, 2 … 5 orders among those that are commands."""
    schedule: float = 0.14
    frame: float = 0.34
    wake: float = 0.12
    filler: float = 0.05
    correction: float = 0.04
    context: float = 0.05
    """Share of single orders with a remark before or after that changes nothing."""
    reason: float = 0.05
    """Share of commands with a need or complaint before or after the order: one action all the same."""
    span: float = 0.03
    slip: float = 0.10
    name: float = 0.13
    """Share of devices, and of half as many places, said by a name of the home's own: a placeholder in the text."""
    zh: float = 0.5
    """Share of Chinese when both languages are asked for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One generated row.

    `text` may hold private-use characters for named devices and areas; `names` are the types of the named devices, in
    order (`#1`, `#2` … in the command), `areas` how many areas are named (`@#1` …).
    """

    text: str
    command: str
    language: str
    difficulty: str
    kinds: tuple[str, ...]
    phrases: tuple[str, ...]
    names: tuple[str, ...] = ()
    areas: int = 0


@dataclass(slots=True)
class _Draft:
    text: str
    actions: list[str] = field(default_factory=list)
    rejected: str = ""


class Generator:
    """Draws pairs of one language."""

    def __init__(self, lexicon: Lexicon, catalogue: Catalogue, mix: Mix) -> None:
        self.language, self.mix = lexicon.language, mix
        self.clauses = Clauses(lexicon, catalogue, Shares(name=mix.name, named_area=mix.name / 2))
        talk = lexicon.grammar.get("talk")
        unknown = lexicon.grammar.get("unknown")
        if talk is None or unknown is None:
            raise FileNotFoundError(f"{lexicon.language}/grammar needs talk.yaml and unknown.yaml")
        self._frames, self._joins = tuple(talk["frames"]), tuple(talk["joins"])
        self._corrections, self._bad_schedules = tuple(talk["corrections"]), tuple(talk["bad_schedules"])
        self._spans, self._ranges, self._every = tuple(talk["spans"]), tuple(talk["ranges"]), tuple(talk["every"])
        self._reason_joins = tuple(talk["reasons"])
        self._wake, self._made_up = tuple(talk["wake"]), tuple(talk["wake_made_up"])
        self._ends, self._fillers = tuple(talk["wake_end"]), tuple(talk["filler"])
        self._unknown_areas, self._unknown_devices = tuple(unknown["areas"]), tuple(unknown["devices"])
        self._slips = lexicon.grammar.get("slips", {})
        remarks = lexicon.grammar.get("context", {})
        self._heads, self._tails = remarks.get("heads", ()), remarks.get("tails", ())
        self._gap = " " if self.language == "en" else ""

    def pair(self, rng: random.Random) -> Pair:
        """The next pair."""
        mix, u = self.mix, rng.random()
        context = Context()
        if u < mix.out_of_scope:
            said = self.clauses.refusal(rng, context, "out_of_scope")
            draft = _Draft(said.text, rejected="out_of_scope")
        elif u < mix.out_of_scope + mix.unsupported:
            draft = self._unsupported(rng, context)
        elif u < mix.out_of_scope + mix.unsupported + mix.ambiguous:
            draft = self._ambiguous(rng, context)
        else:
            draft = self._command(rng, context)
        text = self._dress(rng, context, draft.text)
        return self._finish(context, text, draft)

    def _finish(self, context: Context, text: str, draft: _Draft) -> Pair:
        kinds = context.kinds
        if draft.rejected:
            kinds.add("reject")
            command = f"reject {draft.rejected}"
            difficulty = "medium"
        else:
            command = "; ".join(draft.actions)
            count = len(draft.actions)
            if count > 1:
                kinds.add("several")
            hard = count > 2 or kinds & {"correction", "except", "span", "slip"}
            medium = count == 2 or kinds & {"schedule", "indirect", "colloquial", "name"}
            difficulty = "hard" if hard else "medium" if medium else "easy"
        return Pair(
            text,
            command,
            self.language,
            difficulty,
            tuple(sorted(kinds)),
            tuple(context.phrases),
            tuple(context.names),
            context.areas,
        )

    # --- commands ----------------------------------------------------------------------------------------------------

    def _command(self, rng: random.Random, context: Context) -> _Draft:
        u = rng.random()
        mix = self.mix
        if u < mix.span:
            draft = self._span(rng, context)
            if draft:
                return draft
            context = self._reset(context)
        elif u < mix.span + mix.correction:
            return self._correction(rng, context)
        elif u < mix.span + mix.correction + mix.reason:
            draft = self._reasoned(rng, context)
            if draft:
                return draft
            context = self._reset(context)
        count, u = 1, rng.random()
        for share in mix.actions:
            if u < share:
                break
            u -= share
            count += 1
        if count == 1:
            return self._single(rng, context)
        return self._several(rng, context, min(count, 5))

    def _single(self, rng: random.Random, context: Context) -> _Draft:
        said = self.clauses.order(rng, context)
        context.kinds.add(said.register)
        if "?" in said.actions[0]:
            context.kinds.add("query")
        text, schedule = said.text, ""
        scheduled = said.schedulable and rng.random() < self.mix.schedule
        framed = said.register == "direct" and rng.random() < self.mix.frame
        if framed and scheduled and rng.random() < 0.5:  # the frame around order and time
            text, schedule = self._with_schedule(rng, context, said)
            text = self._frame(rng, context, text)
        else:
            if framed:
                text = self._frame(rng, context, text)
            if scheduled:
                text, schedule = self._schedule_text(rng, context, text, said.thing)
        if rng.random() < self.mix.context and self._heads and said.register in ("direct", "colloquial", "terse"):
            context.kinds.add("context")
            head = rng.random() < 0.5
            remark = self._pick(rng, self._heads if head else self._tails)
            gap = self._gap or rng.choice(("，", "", " "))
            text = remark + gap + text if head else text + gap + remark
        return _Draft(text, [action + schedule for action in said.actions[:5]])

    def _reasoned(self, rng: random.Random, context: Context) -> _Draft | None:
        said = self.clauses.order(rng, context, direct=rng.random() < 0.8)
        found = self.clauses.reason(rng, context, said)
        if found is None:
            return None
        context.kinds.add("reason")
        reason, target = found
        text = self._frame(rng, context, said.text) if said.register == "direct" and rng.random() < 0.4 else said.text
        text = self._pick(rng, self._reason_joins).format(reason=reason, order=text)
        return _Draft(text, [f"{target} {said.actions[0].partition(' ')[2]}"])

    @staticmethod
    def _reset(context: Context) -> Context:
        """Forget what an attempt has used."""
        context.names.clear()
        context.areas = 0
        context.kinds.clear()
        context.phrases.clear()
        return context

    def _frame(self, rng: random.Random, context: Context, text: str) -> str:
        context.kinds.add("polite")
        return self._pick(rng, self._frames).replace("{order}", text)

    def _with_schedule(self, rng: random.Random, context: Context, said: Said) -> tuple[str, str]:
        return self._schedule_text(rng, context, said.text, said.thing)

    def _schedule_text(self, rng: random.Random, context: Context, text: str, thing: str) -> tuple[str, str]:
        """(text with a time in it, the canonical schedule with a space before it)."""
        when = self.clauses.speech.schedule(rng)
        context.kinds |= {"schedule", f"schedule:{when.kind}"}
        r = rng.random()
        if self.language == "en":
            text = f"{text} {when.surface}" if r < 0.72 else f"{when.surface} {text}"
        elif r < 0.70:
            text = when.surface + text
        elif r < 0.88 and thing and thing in text:
            text = text.replace(thing, thing + when.surface, 1)
        else:
            text = text + when.surface
        return text, " " + when.canonical

    def _several(self, rng: random.Random, context: Context, count: int) -> _Draft:
        texts: list[str] = []
        actions: list[str] = []
        used: set[str] = set()
        for _ in range(count * 3):
            if len(texts) == count or len(actions) >= 5:
                break
            direct = rng.random() < 0.75
            said = self.clauses.order(rng, context, direct=direct)
            if len(actions) + len(said.actions) > 5 or used & set(said.actions):
                continue
            if ("?" in said.actions[0] and rng.random() < 0.7) or said.register == "indirect":
                continue  # a complaint before an order is its reason, no order of its own
            if said.group.actions[0].device == "scene" and said.register != "direct":
                continue  # so is "going to bed" before "lights off"
            text, schedule = said.text, ""
            if said.schedulable and rng.random() < 0.10:
                when = self.clauses.speech.schedule(rng)
                context.kinds |= {"schedule", f"schedule:{when.kind}"}
                schedule = " " + when.canonical
                text = f"{text} {when.surface}" if self.language == "en" else f"{when.surface}{text}"
            texts.append(text)
            used |= set(said.actions)
            actions += [action + schedule for action in said.actions]
        text = texts[0]
        join = self._pick(rng, self._joins)
        for index, following in enumerate(texts[1:]):
            if len(texts) > 2 and (index < len(texts) - 2 or rng.random() < 0.5):
                template = (
                    rng.choice(("{1}, {2}", "{1} {2}", "{1} and {2}"))
                    if self.language == "en"
                    else rng.choice(("{1}，{2}", "{1}{2}"))
                )
            else:
                template = join if len(texts) == 2 or ("first" not in join and "先" not in join) else self._joins[0]
            text = template.replace("{1}", text).replace("{2}", following)
        if rng.random() < self.mix.frame * 0.6:
            text = self._frame(rng, context, text)
        return _Draft(text, actions)

    def _correction(self, rng: random.Random, context: Context) -> _Draft:
        context.kinds.add("correction")
        wrong_context = Context()
        right = self.clauses.order(rng, context, direct=rng.random() < 0.7)
        wrong = self._wrong_for(rng, wrong_context, right)
        text = self._pick(rng, self._corrections).replace("{right}", right.text)
        return _Draft(text.replace("{wrong}", wrong), list(right.actions[:5]))

    def _wrong_for(self, rng: random.Random, context: Context, right: Said) -> str:
        """Something else that the speaker said first: another order for the same device, or part of it."""
        device = right.actions[0].split(" ")[0].split("@")[0]
        for _ in range(8):
            if device.startswith("#") or rng.random() < 0.3:
                wrong = self.clauses.order(rng, context, direct=True)
            else:
                wrong = self.clauses.order(rng, context, device=device, direct=True)
            if not context.names and not context.areas and wrong.text != right.text:
                text = wrong.text
                if self.language == "en" and rng.random() < 0.35:
                    words = text.split(" ")
                    text = " ".join(words[: max(1, rng.randint(1, len(words)))])
                return text
            context.names.clear()
            context.areas = 0
        return "um" if self.language == "en" else "呃"

    def _span(self, rng: random.Random, context: Context) -> _Draft | None:
        """For a while, or from one time to another: the order and then its opposite."""
        said = self.clauses.order(rng, context, direct=True)
        target, _, clause = said.actions[0].rpartition(" ")
        opposite = _OPPOSITE.get(clause)
        doors = said.group.actions[0].device in ("garage_door", "gate")  # never opened by what is not said outright
        if len(said.actions) != 1 or opposite is None or doors or not said.schedulable:
            return None
        context.kinds.add("span")
        if rng.random() < 0.6:
            length = self.clauses.speech.duration(rng)
            text = self._pick(rng, self._spans).format(order=said.text, length=length.surface)
            return _Draft(text, [said.actions[0], f"{target} {opposite} in {length.canonical}"])
        first, second = self._moments(rng)
        every, suffix = "", ""
        if rng.random() < 0.4:
            every, _, suffix = self._pick(rng, self._every).partition("=")
            suffix = f" every {suffix}"
        text = self._pick(rng, self._ranges).format(order=said.text, start=first[0], end=second[0], every=every)
        actions = [f"{said.actions[0]} at {first[1]}{suffix}", f"{target} {opposite} at {second[1]}{suffix}"]
        return _Draft(" ".join(text.split()), actions)

    def _moments(self, rng: random.Random) -> tuple[tuple[str, str], tuple[str, str]]:
        """Two times of one part of the day, the second later."""
        first = self.clauses.speech.moment(rng)
        for _ in range(30):
            second = self.clauses.speech.moment(rng)
            if first.clock < second.clock:
                return (first.surface, first.clock), (second.surface, second.clock)
            if second.clock < first.clock:
                return (second.surface, second.clock), (first.surface, first.clock)
        return (first.surface, first.clock), (first.surface, first.clock)

    # --- refusals ----------------------------------------------------------------------------------------------------

    def _unsupported(self, rng: random.Random, context: Context) -> _Draft:
        u = rng.random()
        if u < 0.50:
            return _Draft(self.clauses.refusal(rng, context, "unsupported").text, rejected="unsupported")
        if u < 0.68:
            said = self.clauses.order(rng, context, direct=rng.random() < 0.8)
            while not said.schedulable:  # with a time of its own it might be a good order again
                said = self.clauses.order(rng, self._reset(context), direct=True)
            context.kinds.add("reject:condition")
            when = self._pick(rng, self._bad_schedules)
            if self.language == "en":
                text = f"{said.text} {when}" if rng.random() < 0.6 else f"{when} {said.text}"
            else:
                text = when + said.text
            return _Draft(self._frame(rng, context, text) if rng.random() < 0.2 else text, rejected="unsupported")
        if u < 0.80:
            return self._unknown_place(rng, context)
        if u < 0.88:
            context.kinds.add("reject:unknown_device")
            context.unknown_noun = self._pick(rng, self._unknown_devices)
            said = self.clauses.about_thing(rng, context)
            if context.names or context.unknown_noun not in said.text:
                return _Draft(self.clauses.refusal(rng, context, "unsupported").text, rejected="unsupported")
            return _Draft(said.text, rejected="unsupported")
        if u < 0.94:
            context.kinds.add("reject:out_of_range")
            return _Draft(self.clauses.out_of_range(rng, context).text, rejected="unsupported")
        context.kinds.add("reject:part")
        refused = self._unsupported(rng, context).text
        context.unknown_area = context.unknown_noun = ""
        other = self.clauses.order(rng, context, direct=True).text
        pair = (refused, other) if rng.random() < 0.5 else (other, refused)
        return _Draft(
            self._pick(rng, self._joins).replace("{1}", pair[0]).replace("{2}", pair[1]), rejected="unsupported"
        )

    def _unknown_place(self, rng: random.Random, context: Context) -> _Draft:
        context.kinds.add("reject:unknown_area")
        context.unknown_area = self._pick(rng, self._unknown_areas)
        for _ in range(12):
            said = self.clauses.order(rng, context)
            if context.unknown_area in said.text:
                break
            context.names.clear()
        else:
            return _Draft(self.clauses.refusal(rng, context, "unsupported").text, rejected="unsupported")
        return _Draft(said.text, rejected="unsupported")

    def _ambiguous(self, rng: random.Random, context: Context) -> _Draft:
        u = rng.random()
        if u < 0.72:
            return _Draft(self.clauses.refusal(rng, context, "ambiguous").text, rejected="ambiguous")
        if u < 0.84:
            context.kinds.add("reject:bare_noun")
            device, _ = rng.choice(self.clauses._orders)
            if device in ("all", "scene", "coffee_machine", "sensor"):
                device = "light"
            return _Draft(self.clauses.nouns.thing(rng, context, device).surface, rejected="ambiguous")
        context.kinds.add("reject:pronoun")
        said = self.clauses.about_thing(rng, context, self._pick(rng, self.clauses.nouns.pronouns))
        return _Draft(said.text, rejected="ambiguous")

    # --- dressing ----------------------------------------------------------------------------------------------------

    def _dress(self, rng: random.Random, context: Context, text: str) -> str:
        """Wake words, fillers and slips around a sentence."""
        mix = self.mix
        if rng.random() < mix.wake:
            context.kinds.add("wake")
            r = rng.random()
            if r < 0.55:
                text = self._pick(rng, self._wake) + " " + text
            elif r < 0.78:
                text = self._pick(rng, self._made_up).replace("{x}", self._made_up_name(rng)) + " " + text
            else:
                end = self._pick(rng, self._ends).replace("{x}", self._made_up_name(rng))
                text = text + (self._gap if end[:1] > "\x7f" else " ") + end
        if rng.random() < mix.filler:
            text = self._pick(rng, self._fillers) + " " + text
        if rng.random() < mix.slip:
            context.kinds.add("slip")
            text = slip(rng, text, self.language, self._slips)
        return text

    def _made_up_name(self, rng: random.Random) -> str:
        """A wake name nobody has heard, so that unknown words around an order are learned as such."""
        if self.language == "zh" and rng.random() < 0.7:
            return "".join(rng.choice(_NAME_CHARACTERS) for _ in range(rng.choice((2, 2, 3))))
        syllables = rng.choice((1, 2, 2, 3))
        return "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(syllables)) + rng.choice(
            ("", "", "n", "x", "ly", "r")
        )

    @staticmethod
    def _pick(rng: random.Random, options: Sequence[str]) -> str:
        return options[int(rng.random() * len(options))]


class _Generators:
    """Generators that were made: compiling a lexicon takes a second, and shards come by the hundred."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, Mix, int], tuple[Catalogue, Generator]] = {}

    def __call__(self, language: str, mix: Mix, catalogue: Catalogue) -> Generator:
        key = (language, mix, id(catalogue))
        if key not in self._made:
            packaged = catalogue is load_catalogue()
            lexicon = load_lexicon(language) if packaged else read_lexicon(language, catalogue)
            self._made[key] = catalogue, Generator(lexicon, catalogue, mix)
        return self._made[key][1]


_generators = _Generators()


def pairs(
    seed: int,
    count: int,
    languages: Sequence[str] = LANGUAGES,
    mix: Mix | None = None,
    catalogue: Catalogue | None = None,
) -> Iterator[Pair]:
    """`count` pairs; the same for the same arguments. Several processes each take their own seed.

    Raises LexiconError for a lexicon that is wrong.
    """
    mix = mix or Mix()
    known = catalogue or load_catalogue()
    generators = {language: _generators(language, mix, known) for language in languages}
    rng = random.Random(f"smart-home-instruct {seed}")
    order = tuple(generators.values())
    for _ in range(count):
        language = languages[0] if len(order) == 1 else "zh" if rng.random() < mix.zh else "en"
        yield generators[language].pair(rng)
