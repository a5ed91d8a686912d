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
from .draw import pick
from .dress import Dress
from .lexicon import LANGUAGES, Lexicon, load_lexicon, read_lexicon
from .mix import Mix
from .nounphrase import Context, Shares
from .refuse import Refusals, reset
from .speech.base import Said as Time
from .withheld import Withheld, packaged

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
        if talk is None or "unknown" not in lexicon.grammar:
            raise FileNotFoundError(f"{lexicon.language}/grammar needs talk.yaml and unknown.yaml")
        self.dress = Dress(lexicon, mix)
        self.refusals = Refusals(lexicon, self.clauses, self.dress)
        self._joins, self._corrections = talk["joins"], talk["corrections"]
        self._spans, self._ranges, self._every = talk["spans"], talk["ranges"], talk["every"]
        self._reason_joins = talk["reasons"]
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
            draft = _Draft(self.refusals.unsupported(rng, context), rejected="unsupported")
        elif u < mix.out_of_scope + mix.unsupported + mix.ambiguous:
            draft = _Draft(self.refusals.ambiguous(rng, context), rejected="ambiguous")
        else:
            draft = self._command(rng, context)
        text = self.dress.around(rng, context, draft.text)
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

    def _command(self, rng: random.Random, context: Context) -> _Draft:
        u = rng.random()
        mix = self.mix
        if u < mix.span:
            draft = self._span(rng, context)
            if draft:
                return draft
            context = reset(context)
        elif u < mix.span + mix.correction:
            return self._correction(rng, context)
        elif u < mix.span + mix.correction + mix.reason:
            draft = self._reasoned(rng, context)
            if draft:
                return draft
            context = reset(context)
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
            text, schedule = self._schedule_text(rng, context, said.text, said.thing)
            text = self.dress.frame(rng, context, text)
        else:
            if framed:
                text = self.dress.frame(rng, context, text)
            if scheduled:
                text, schedule = self._schedule_text(rng, context, text, said.thing)
        if rng.random() < self.mix.context and self._heads and said.register in ("direct", "colloquial", "terse"):
            context.kinds.add("context")
            head = rng.random() < 0.5
            remark = pick(rng, self._heads if head else self._tails)
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
        text = (
            self.dress.frame(rng, context, said.text) if said.register == "direct" and rng.random() < 0.4 else said.text
        )
        text = pick(rng, self._reason_joins).format(reason=reason, order=text)
        return _Draft(text, [f"{target} {said.actions[0].partition(' ')[2]}"])

    def _schedule_text(self, rng: random.Random, context: Context, text: str, thing: str) -> tuple[str, str]:
        """(text with a time in it, the canonical schedule with a space before it)."""
        when = self._when(rng, context)
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
        texts, actions, timeless = self._orders(rng, context, count)
        if not texts:  # everything drawn was a hint or a question
            return self._single(rng, reset(context))
        text = self._joined(rng, texts)
        if timeless and len(texts) > 1 and rng.random() < self.mix.schedule / 2:
            when = self._when(rng, context)  # said first, it holds for all that follows
            text = when.surface + self._gap + text
            actions = [f"{action} {when.canonical}" for action in actions]
        if rng.random() < self.mix.frame * 0.6:
            text = self.dress.frame(rng, context, text)
        return _Draft(text, actions)

    def _orders(self, rng: random.Random, context: Context, count: int) -> tuple[list[str], list[str], bool]:
        """(clauses, their actions, whether a time may be said for all of them); at most `count` and five actions."""
        texts: list[str] = []
        actions: list[str] = []
        used: set[str] = set()
        timeless = True
        for _ in range(count * 3):
            if len(texts) == count or len(actions) >= 5:
                break
            said = self.clauses.order(rng, context, direct=rng.random() < 0.75)
            if len(actions) + len(said.actions) > 5 or used & set(said.actions):
                continue
            if ("?" in said.actions[0] and rng.random() < 0.7) or said.register == "indirect":
                continue  # a complaint before an order is its reason, no order of its own
            if said.group.actions[0].device == "scene" and said.register != "direct":
                continue  # so is "going to bed" before "lights off"
            text, schedule = said.text, ""
            english = self.language == "en"
            # a Chinese time stands before its clause and holds for all that follows: only the last may have one
            if said.schedulable and (english or texts) and rng.random() < 0.10:
                when = self._when(rng, context)
                schedule = " " + when.canonical
                text = f"{text} {when.surface}" if english else f"{when.surface}{text}"
            timeless &= said.schedulable and not schedule
            texts.append(text)
            used |= set(said.actions)
            actions += [action + schedule for action in said.actions]
            if schedule and not english:
                break
        return texts, actions, timeless

    def _when(self, rng: random.Random, context: Context) -> Time:
        when = self.clauses.speech.schedule(rng)
        context.kinds |= {"schedule", f"schedule:{when.kind}"}
        return when

    def _joined(self, rng: random.Random, texts: Sequence[str]) -> str:
        """Clauses as one sentence."""
        text, join = texts[0], pick(rng, self._joins)
        short = ("{1}, {2}", "{1} {2}", "{1} and {2}") if self.language == "en" else ("{1}，{2}", "{1}{2}")
        for index, following in enumerate(texts[1:]):
            if len(texts) > 2 and (index < len(texts) - 2 or rng.random() < 0.5):
                template = rng.choice(short)
            else:
                template = join if len(texts) == 2 or ("first" not in join and "先" not in join) else self._joins[0]
            text = template.replace("{1}", text).replace("{2}", following)
        return text

    def _correction(self, rng: random.Random, context: Context) -> _Draft:
        context.kinds.add("correction")
        wrong_context = Context()
        right = self.clauses.order(rng, context, direct=rng.random() < 0.7)
        wrong = self._wrong_for(rng, wrong_context, right)
        context.phrases += wrong_context.phrases
        text = pick(rng, self._corrections).replace("{right}", right.text)
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
            text = pick(rng, self._spans).format(order=said.text, length=length.surface)
            return _Draft(text, [said.actions[0], f"{target} {opposite} in {length.canonical}"])
        first, second = self.clauses.speech.span(rng)
        every, suffix = "", ""
        if rng.random() < 0.4:
            every, _, suffix = pick(rng, self._every).partition("=")
            suffix = f" every {suffix}"
        text = pick(rng, self._ranges).format(order=said.text, start=first.surface, end=second.surface, every=every)
        actions = [f"{said.actions[0]} at {first.clock}{suffix}", f"{target} {opposite} at {second.clock}{suffix}"]
        return _Draft(" ".join(text.split()), actions)


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
    withheld: Withheld | None = None,
) -> Iterator[Pair]:
    """`count` pairs; the same for the same arguments. Several processes each take their own seed.

    Nothing that is `withheld` is among them; None is what the packaged benchmark asks for.
    Raises LexiconError for a lexicon that is wrong.
    """
    mix = mix or Mix()
    withheld = packaged() if withheld is None else withheld
    known = catalogue or load_catalogue()
    generators = {language: _generators(language, mix, known) for language in languages}
    rng = random.Random(f"smart-home-instruct {seed}")
    order = tuple(generators.values())
    while count:
        language = languages[0] if len(order) == 1 else "zh" if rng.random() < mix.zh else "en"
        pair = generators[language].pair(rng)
        if not withheld.reasons(pair):
            yield pair
            count -= 1
