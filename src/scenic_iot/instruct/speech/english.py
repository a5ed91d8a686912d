"""Numbers and times in English."""

from __future__ import annotations

import random
import re
from functools import lru_cache

from .base import DAYS, Moment, Said, canonical_duration, draw_duration, draw_minute, in_order

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@lru_cache(maxsize=10000)
def words(n: int) -> str:
    """A whole number below a million in words: 72 -> seventy two."""
    if n < 0:
        return "minus " + words(-n)
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10] + (" " + _ONES[n % 10] if n % 10 else "")
    if n < 1000:
        return words(n // 100) + " hundred" + (" and " + words(n % 100) if n % 100 else "")
    return words(n // 1000) + " thousand" + (" " + words(n % 1000) if n % 1000 else "")


@lru_cache(maxsize=10000)
def _forms(value: str, unit: str, amount: bool) -> tuple[str, ...]:
    whole, _, fraction = value.partition(".")
    n = int(whole)
    spoken = words(n) + (f" point {_ONES[int(fraction)]}" if fraction else "")
    bare: tuple[str, ...] = (value, value, spoken)
    if value.startswith("-"):
        bare = (value, spoken, "negative " + words(-n), spoken + " degrees", value + " degrees")
    if unit == "%":
        forms = [
            f"{value}%",
            f"{value}%",
            f"{value} percent",
            f"{spoken} percent",
            f"{spoken} percent",
            f"{value} %",
            f"{value} per cent",
            value,
            spoken,
        ]
        if not amount:
            forms += [value, spoken, f"{spoken} per cent", f"{value} pct"]
        if n in (25, 75) and not amount:
            forms += ["a quarter" if n == 25 else "three quarters"]
        return tuple(forms)
    if unit == "degree":
        s = "degree" if value == "1" else "degrees"
        forms = [f"{value} {s}", f"{value} {s}", f"{spoken} {s}", f"{spoken} {s}", f"{value}°"]
        if fraction == "5":
            forms += [f"{words(n)} and a half {s}", f"{words(n)} and a half"]
        if amount:
            forms += [value, spoken]
            if value == "1":
                forms += ["a degree", "one degree", "a degree"]
            if value == "2":
                forms += ["a couple of degrees", "a couple degrees"]
            return tuple(forms)
        forms += [*bare, value, spoken]
        if abs(n) < 45:
            forms += [f"{value} {s} celsius", f"{spoken} celsius", f"{value}°c", f"{value} c"]
        else:
            forms += [f"{value} {s} fahrenheit", f"{spoken} fahrenheit", f"{value}°f", f"{value} f", f"{value} {s} f"]
        return tuple(forms)
    if unit == "kelvin":
        return f"{value}k", f"{value} kelvin", f"{spoken} kelvin", f"{value} k", value, spoken
    return bare


def _clock_words(hour: int, minute: int) -> tuple[str, ...]:
    """Ways to say a 12-hour time without am or pm; hour 1 to 12."""
    h = words(hour)
    if minute == 0:
        return str(hour), h, f"{hour}:00", f"{h} o'clock", f"{hour} o'clock", f"{h} o clock"
    following = words(hour % 12 + 1)
    forms = [f"{hour}:{minute:02d}", f"{hour}:{minute:02d}", f"{hour}.{minute:02d}"]
    forms += [f"{hour} {minute:02d}", f"{hour}{minute:02d}"]
    forms.append(f"{h} {words(minute)}" if minute >= 10 else f"{h} oh {words(minute)}")
    if minute == 30:
        forms += [f"half past {h}", f"half past {hour}", f"half {h}"]
    elif minute == 15:
        forms += [f"quarter past {h}", f"a quarter past {h}"]
    elif minute == 45:
        forms += [f"quarter to {following}", f"a quarter to {following}"]
    elif minute < 30 and minute % 5 == 0:
        forms += [f"{words(minute)} past {h}", f"{words(minute)} after {h}", f"{minute} past {hour}"]
    elif minute % 5 == 0:
        forms += [f"{words(60 - minute)} to {following}", f"{60 - minute} to {hour % 12 + 1}"]
    return tuple(forms)


_clock = lru_cache(maxsize=2000)(_clock_words)
_AM = ("am", "a.m.", "a m", "in the morning", " am")
_PM = ("pm", "p.m.", "p m", " pm", "pm")
_MARK = re.compile(r"m\.?$|(noon|midday|night|morning|evening)$")


class English:
    """English numbers and times."""

    language = "en"

    def number(self, rng: random.Random, value: str, unit: str, amount: bool) -> str:
        forms = _forms(value, unit, amount)
        return forms[int(rng.random() * len(forms))]

    def duration(self, rng: random.Random) -> Said:
        if rng.random() < 0.03:
            minutes = rng.choice((60, 70, 75, 80, 90, 90, 90, 100, 120))
            return Said(f"{minutes if rng.random() < 0.5 else words(minutes)} minutes", f"{minutes}m", "for")
        hours, minutes, seconds = draw_duration(rng)
        canonical = canonical_duration(hours, minutes, seconds)
        say = str if rng.random() < 0.5 else words
        if (hours, minutes, seconds) == (0, 30, 0) and rng.random() < 0.5:
            return Said(rng.choice(("half an hour", "half an hour", "a half hour", "half hour")), "30m", "for")
        if (hours, minutes, seconds) == (1, 30, 0) and rng.random() < 0.6:
            return Said(rng.choice(("an hour and a half", "one and a half hours", "1.5 hours")), "1h30m", "for")
        if (hours, minutes, seconds) == (0, 15, 0) and rng.random() < 0.2:
            return Said("a quarter of an hour", "15m", "for")
        if (hours, minutes, seconds) == (0, 45, 0) and rng.random() < 0.2:
            return Said("three quarters of an hour", "45m", "for")
        if (hours, minutes, seconds) == (0, 2, 0) and rng.random() < 0.2:
            return Said("a couple of minutes", "2m", "for")
        if hours > 1 and minutes == 30 and rng.random() < 0.5:
            return Said(f"{say(hours)} and a half hours", canonical, "for")
        if (hours, minutes, seconds) == (1, 0, 0) and rng.random() < 0.6:
            return Said(rng.choice(("an hour", "an hour", "one hour")), "1h", "for")
        if (hours, minutes, seconds) == (0, 1, 0) and rng.random() < 0.5:
            return Said("a minute", "1m", "for")
        if (hours, minutes, seconds) == (2, 0, 0) and rng.random() < 0.15:
            return Said("a couple of hours", "2h", "for")
        parts = [
            f"{say(n)} {unit}{'' if n == 1 else 's'}"
            for n, unit in ((hours, "hour"), (minutes, rng.choice(("minute", "minute", "min"))), (seconds, "second"))
            if n
        ]
        return Said((" and " if rng.random() < 0.5 else " ").join(parts), canonical, "for")

    def moment(self, rng: random.Random) -> Moment:
        r = rng.random()
        if r < 0.04:
            return Moment(rng.choice(("noon", "midday", "12 noon")), "12:00")
        if r < 0.08:
            return Moment(rng.choice(("midnight", "12 midnight")), "00:00")
        minute = draw_minute(rng)
        if r < 0.16:
            hour = rng.randint(0, 23)
            clock = f"{hour:02d}:{minute:02d}"
            if r < 0.10 and (hour or minute):
                return Moment(clock.replace(":", "") + (" hours" if r < 0.085 else ""), clock)
            return Moment(clock if r < 0.13 else f"{hour}:{minute:02d}", clock)
        hour = rng.choice((1, 2, 3, 4, 5, 6, 6, 7, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12))
        forms = _clock(hour, minute)
        said = forms[int(rng.random() * len(forms))]
        if r < 0.42:
            return Moment(said, f"{hour:02d}:{minute:02d}")
        if r < 0.64:
            return Moment(f"{said} {rng.choice(_AM)}", f"{hour % 12:02d}:{minute:02d}")
        if r < 0.85:
            return Moment(f"{said} {rng.choice(_PM)}", f"{hour % 12 + 12:02d}:{minute:02d}")
        if 5 <= hour <= 11 and r > 0.93:
            part = rng.choice(("in the evening", "at night")) if hour >= 8 else "in the evening"
            return Moment(f"{said} {part}", f"{hour + 12:02d}:{minute:02d}")
        if 1 <= hour <= 5:
            return Moment(f"{said} in the afternoon", f"{hour + 12:02d}:{minute:02d}")
        return Moment(f"{said} in the morning", f"{hour % 12:02d}:{minute:02d}")

    def span(self, rng: random.Random) -> tuple[Moment, Moment]:
        r = rng.random()
        if r < 0.45:
            begin, end = sorted(rng.sample(range(1, 12), 2))
            late = rng.random() < 0.7
            mark = rng.choice(_PM if late else _AM)
            before, behind = ("", mark) if rng.random() < 0.7 else (mark, "")
            return self._said(rng, begin, late, before), self._said(rng, end, late, behind)
        if r < 0.65:
            evening, morning = rng.randint(6, 11), rng.randint(5, 9)
            return self._said(rng, evening, True, rng.choice(_PM)), self._said(rng, morning, False, rng.choice(_AM))
        first, second = in_order(self.moment(rng), self.moment(rng))
        # "eight to nine pm" is said above, where both are pm
        return (
            (first, second)
            if bool(_MARK.search(first.surface)) >= bool(_MARK.search(second.surface))
            else self.span(rng)
        )

    @staticmethod
    def _said(rng: random.Random, hour: int, late: bool, mark: str) -> Moment:
        """A time on the 12-hour clock (hour 1 to 11), with am or pm behind it, or neither."""
        minute = draw_minute(rng)
        return Moment(f"{rng.choice(_clock(hour, minute))} {mark}".strip(), f"{hour + 12 * late:02d}:{minute:02d}")

    def schedule(self, rng: random.Random) -> Said:
        r = rng.random()
        if r < 0.40:
            said = self.duration(rng)
            form = rng.choice(
                (
                    "in {}",
                    "in {}",
                    "in {}",
                    "after {}",
                    "{} from now",
                    "{} later",
                    "within {}",
                    "in about {}",
                    "in another {}",
                    "in exactly {}",
                    "in {} time",
                    "after {} pass",
                )
            )
            return Said(form.format(said.surface), f"in {said.canonical}", "in")
        if r < 0.70:
            moment = self.moment(rng)
            form = rng.choice(
                ("at {}",) * 9
                + ("at exactly {}", "at around {}", "around {}", "by {}", "for {}", "when it's {}", "at {} sharp")
                + ("from {}", "starting at {}")
            )
            return Said(form.format(moment.surface), f"at {moment.clock}", "at")
        if r < 0.85:
            return self._on_day(rng)
        return self._every(rng)

    def _on_day(self, rng: random.Random) -> Said:
        r = rng.random()
        moment = self.moment(rng)
        if r < 0.45:
            form = rng.choice(("tomorrow at {}", "at {} tomorrow", "tomorrow {}"))
            return Said(form.format(moment.surface), f"at tomorrow {moment.clock}", "day")
        if r < 0.60:
            hour, minute = rng.randint(5, 11), draw_minute(rng)
            said = rng.choice(_clock(hour, minute))
            form = rng.choice(
                ("tonight at {}", "at {} tonight", "this evening at {}", "at {} this evening", "tonight at {} pm")
            )
            return Said(form.format(said), f"at today {hour + 12:02d}:{minute:02d}", "day")
        if r < 0.70:
            hour, minute, part = self._part_of_day(rng)
            said = rng.choice(_clock((hour - 1) % 12 + 1, minute))
            form = rng.choice(("tomorrow {p} at {t}", "at {t} tomorrow {p}"))
            return Said(form.format(p=part, t=said), f"at tomorrow {hour:02d}:{minute:02d}", "day")
        if r < 0.75:
            return Said(
                rng.choice(("today at {}", "at {} today")).format(moment.surface), f"at today {moment.clock}", "day"
            )
        if r < 0.79:
            hour, minute, part = self._part_of_day(rng)
            said = rng.choice(_clock((hour - 1) % 12 + 1, minute))
            part = "afternoon" if part == "night" and hour < 20 else part
            form = rng.choice(("this {p} at {t}", "at {t} this {p}")) if part != "night" else "at {t} tonight"
            return Said(form.format(p=part, t=said), f"at today {hour:02d}:{minute:02d}", "day")
        if r < 0.84:
            day = rng.randrange(7)
            hour, minute, part = self._part_of_day(rng)
            said = rng.choice(_clock((hour - 1) % 12 + 1, minute))
            form = rng.choice(("{d} {p} at {t}", "on {d} {p} at {t}", "at {t} on {d} {p}"))
            clock = f"{hour:02d}:{minute:02d}"
            return Said(form.format(d=_DAY_NAMES[day], p=part, t=said), f"at {DAYS[day]} {clock}", "day")
        day = rng.randrange(7)
        form = rng.choice(("on {d} at {t}", "at {t} on {d}", "{d} at {t}", "this {d} at {t}", "next {d} at {t}"))
        return Said(form.format(d=_DAY_NAMES[day], t=moment.surface), f"at {DAYS[day]} {moment.clock}", "day")

    @staticmethod
    def _part_of_day(rng: random.Random) -> tuple[int, int, str]:
        part = rng.choice(("morning", "morning", "afternoon", "evening", "night"))
        low, high = {"morning": (5, 11), "afternoon": (13, 17), "evening": (17, 22), "night": (20, 23)}[part]
        return rng.randint(low, high), draw_minute(rng), part

    def _every(self, rng: random.Random) -> Said:
        r = rng.random()
        if r < 0.28:
            hour, minute, part = self._part_of_day(rng)
            said = rng.choice(_clock((hour - 1) % 12 + 1, minute))
            form = rng.choice(("every {p} at {t}", "at {t} every {p}", "each {p} at {t}"))
            form = rng.choice((form, "nightly at {t}", "every night at {t}")) if part == "night" else form
            return Said(form.format(p=part, t=said), f"at {hour:02d}:{minute:02d} every day", "every")
        moment = self.moment(rng)
        if r < 0.56:
            form = rng.choice(
                (
                    "every day at {t}",
                    "at {t} every day",
                    "daily at {t}",
                    "at {t} daily",
                    "each day at {t}",
                    "everyday at {t}",
                )
            )
            return Said(form.format(t=moment.surface), f"at {moment.clock} every day", "every")
        if r < 0.68:
            form = rng.choice(
                (
                    "every weekday at {t}",
                    "on weekdays at {t}",
                    "at {t} on weekdays",
                    "at {t} every weekday",
                    "at {t} monday to friday",
                    "monday through friday at {t}",
                    "at {t} on workdays",
                    "on work days at {t}",
                )
            )
            return Said(form.format(t=moment.surface), f"at {moment.clock} every weekday", "every")
        if r < 0.76:
            form = rng.choice(
                ("on weekends at {t}", "at {t} on weekends", "every weekend at {t}", "at {t} at weekends")
            )
            return Said(form.format(t=moment.surface), f"at {moment.clock} every weekend", "every")
        day = rng.randrange(7)
        name = _DAY_NAMES[day]
        form = rng.choice(
            (
                "every {d} at {t}",
                "at {t} every {d}",
                "each {d} at {t}",
                "on {d}s at {t}",
                "at {t} on {d}s",
                "{d}s at {t}",
            )
        )
        return Said(form.format(d=name, t=moment.surface), f"at {moment.clock} every {DAYS[day]}", "every")
