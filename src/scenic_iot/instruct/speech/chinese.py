"""Numbers and times in Chinese."""

from __future__ import annotations

import random
from functools import lru_cache

from .base import DAYS, Moment, Said, canonical_duration, draw_duration, draw_minute, in_order

_DIGITS = "零一二三四五六七八九"


@lru_cache(maxsize=10000)
def words(n: int, two: str = "二") -> str:
    """A whole number below ten thousand: 26 -> 二十六; `two` is 两 before measure words."""
    if n < 0:
        return "零下" + words(-n)
    if n == 2:
        return two
    if n < 10:
        return _DIGITS[n]
    if n < 20:
        return "十" + (_DIGITS[n % 10] if n % 10 else "")
    if n < 100:
        return _DIGITS[n // 10] + "十" + (_DIGITS[n % 10] if n % 10 else "")
    if n < 1000:
        rest = n % 100
        tail = (
            ""
            if not rest
            else (
                "零" + _DIGITS[rest]
                if rest < 10
                else _DIGITS[rest // 10] + "十" + (_DIGITS[rest % 10] if rest % 10 else "")
            )
        )
        return _DIGITS[n // 100] + "百" + tail
    if n >= 10000:
        rest = n % 10000
        tail = "" if not rest else ("零" if rest < 1000 else "") + words(rest)
        return words(n // 10000, "两") + "万" + tail
    rest = n % 1000
    return (
        ("两" if n // 1000 == 2 else _DIGITS[n // 1000])
        + "千"
        + ("" if not rest else ("零" if rest < 100 else "") + words(rest))
    )


@lru_cache(maxsize=10000)
def _forms(value: str, unit: str, amount: bool) -> tuple[str, ...]:
    whole, _, fraction = value.partition(".")
    n = int(whole)
    spoken = words(n) + (f"点{_DIGITS[int(fraction)]}" if fraction else "")
    measured = words(n, "两") + (f"点{_DIGITS[int(fraction)]}" if fraction else "")
    if unit == "%":
        forms = [f"{value}%", f"{value}%", f"百分之{spoken}", f"百分之{spoken}", f"百分之{value}", f"{value}％"]
        if n and n % 10 == 0 and n < 100:
            tenths = words(n // 10, "两")
            forms += [f"{tenths}成", f"{tenths}成", f"{n // 10}成"]
        if not amount:
            forms += [value, value, spoken]
        elif n >= 5:
            forms += [value, spoken, f"{value}个百分点"]
        return tuple(forms)
    if unit == "degree":
        if value.startswith("-"):
            return f"零下{words(-n)}度", f"{value}度", f"零下{-n}度", f"负{words(-n)}度", f"负{-n}度"
        forms = [f"{value}度", f"{value}度", f"{measured}度", f"{spoken}度" if n != 2 else "两度"]
        if fraction == "5":
            forms += [f"{words(n, '两')}度半", f"{n}度半"]
        if amount:
            return (*forms, f"{value}°", f"{value}个度", f"{measured}个度") if not fraction else tuple(forms)
        return (*forms, value, spoken, f"{value}摄氏度", f"{spoken}摄氏度", f"{value}°c", f"{value}℃")
    if unit == "kelvin":
        return f"{value}k", f"{value}K", f"{spoken}k", f"{value}开", f"{value}开尔文", f"{spoken}开尔文", value, spoken
    return value, value, spoken


# part of day -> (surfaces, first hour, last hour), hours on the 24-hour clock
_PARTS = (
    (("早上", "早晨", "清晨", "一早", "早"), 5, 9),
    (("上午",), 8, 11),
    (("中午",), 12, 13),
    (("下午", "午后"), 13, 18),
    (("傍晚",), 17, 19),
    (("晚上", "晚", "夜里", "晚间"), 18, 23),
    (("凌晨", "凌晨", "半夜", "深夜"), 1, 5),
)
_WEEKDAY = ("一", "二", "三", "四", "五", "六", "日")


@lru_cache(maxsize=4000)
def _clock(hour: int, minute: int, twelve: bool) -> tuple[str, ...]:
    """Ways of saying the time; `twelve`: the hour is said on the 12-hour clock."""
    h = (hour - 1) % 12 + 1 if twelve else hour
    w = words(h, "两") if h != 2 else "两"
    if minute == 0:
        forms = [f"{h}点", f"{w}点", f"{w}点", f"{h}点钟", f"{w}点钟", f"{w}点整", f"{h}点整"]
        return tuple(forms if twelve else [*forms, f"{h}:00"])
    spoken = words(minute) if minute >= 10 else "零" + words(minute)
    forms = [f"{h}点{minute}", f"{w}点{spoken}", f"{h}点{minute}分", f"{w}点{spoken}分", f"{h}:{minute:02d}"]
    if minute == 30:
        forms += [f"{w}点半", f"{w}点半", f"{h}点半", f"{h}点半", f"{w}点半"]
    if minute in (15, 45):
        quarter = "一刻" if minute == 15 else "三刻"
        forms += [f"{w}点{quarter}", f"{h}点{quarter}"]
    if minute <= 10:
        forms += [f"{w}点过{words(minute)}分", f"{h}点过{minute}分"]
    following = h % 12 + 1 if twelve else h + 1
    if minute >= 50 and following < 24:
        forms.append(f"差{words(60 - minute)}分{'两' if following == 2 else words(following, '两')}点")
    return tuple(forms)


class Chinese:
    """Chinese numbers and times."""

    language = "zh"

    def number(self, rng: random.Random, value: str, unit: str, amount: bool) -> str:
        forms = _forms(value, unit, amount)
        return forms[int(rng.random() * len(forms))]

    def duration(self, rng: random.Random) -> Said:
        if rng.random() < 0.03:
            minutes = rng.choice((60, 70, 75, 80, 90, 90, 90, 100, 120))
            return Said(f"{minutes if rng.random() < 0.5 else words(minutes)}分钟", f"{minutes}m", "for")
        hours, minutes, seconds = draw_duration(rng)
        canonical = canonical_duration(hours, minutes, seconds)
        if (hours, minutes, seconds) == (0, 30, 0) and rng.random() < 0.6:
            return Said(rng.choice(("半小时", "半个小时", "半个钟头", "半个钟")), "30m", "for")
        if minutes == 30 and hours and rng.random() < 0.6:
            return Said(
                rng.choice((f"{words(hours, '两')}个半小时", f"{words(hours, '两')}小时半", f"{hours}个半小时")),
                canonical,
                "for",
            )
        if (hours, minutes, seconds) == (0, 15, 0) and rng.random() < 0.3:
            return Said(rng.choice(("一刻钟", "一刻钟", "三个字")), "15m", "for")
        if (hours, minutes, seconds) == (0, 45, 0) and rng.random() < 0.2:
            return Said("三刻钟", "45m", "for")
        if (hours, minutes, seconds) == (0, 0, 30) and rng.random() < 0.3:
            return Said("半分钟", "30s", "for")
        if seconds == 30 and minutes and not hours and rng.random() < 0.5:
            return Said(f"{words(minutes, '两')}分半{rng.choice(('', '钟'))}", canonical, "for")
        digits = rng.random() < 0.5
        hour_unit = rng.choice(("小时", "个小时", "个小时", "个钟头", "钟头", "个钟"))
        minute_unit = rng.choice(("分钟", "分钟", "分钟", "分"))
        parts = []
        for n, unit in ((hours, hour_unit), (minutes, minute_unit), (seconds, rng.choice(("秒", "秒钟")))):
            if n:
                parts.append((str(n) if digits else words(n, "两")) + unit)
        return Said(rng.choice(("", "", "零")).join(parts) if len(parts) > 1 else parts[0], canonical, "for")

    def moment(self, rng: random.Random) -> Moment:
        r = rng.random()
        if r < 0.03:
            return Moment(rng.choice(("正午", "正午十二点", "中午12点")), "12:00")
        if r < 0.06:
            return Moment(rng.choice(("午夜", "半夜十二点", "零点", "晚上十二点", "0点")), "00:00")
        minute = draw_minute(rng)
        if r < 0.30:
            hour = rng.choice((1, 2, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9, 10, 10, 11, 12))
            return Moment(rng.choice(_clock(hour, minute, False)), f"{hour:02d}:{minute:02d}")
        if r < 0.42:
            hour = rng.randint(13, 23)
            return Moment(rng.choice(_clock(hour, minute, False)), f"{hour:02d}:{minute:02d}")
        hour, surface = self._part(rng)
        return Moment(surface + rng.choice(_clock(hour, minute, True)), f"{hour:02d}:{minute:02d}")

    def span(self, rng: random.Random) -> tuple[Moment, Moment]:
        r = rng.random()
        if r < 0.45:
            surfaces, low, high = _PARTS[rng.choice((0, 1, 3, 3, 5, 5, 5, 6))]
            begin, end = sorted(rng.sample(range(low, high + 1), 2))
            return self._said(rng, rng.choice(surfaces), begin), self._said(rng, "", end)
        if r < 0.65:
            evening, morning = rng.randint(18, 23), rng.randint(5, 9)
            return self._said(rng, rng.choice(_PARTS[5][0]), evening), self._said(
                rng, rng.choice(_PARTS[0][0]), morning
            )
        return in_order(self.moment(rng), self.moment(rng))

    @staticmethod
    def _said(rng: random.Random, part: str, hour: int) -> Moment:
        """A time on the 12-hour clock, with its part of the day in front."""
        minute = draw_minute(rng)
        return Moment(part + rng.choice(_clock(hour, minute, True)), f"{hour:02d}:{minute:02d}")

    @staticmethod
    def _part(rng: random.Random) -> tuple[int, str]:
        surfaces, low, high = _PARTS[rng.choice((0, 0, 1, 2, 3, 3, 4, 5, 5, 5, 6))]
        return rng.randint(low, high), surfaces[int(rng.random() * len(surfaces))]

    def schedule(self, rng: random.Random) -> Said:
        r = rng.random()
        if r < 0.42:
            said = self.duration(rng)
            form = rng.choice(
                (
                    "{}后",
                    "{}后",
                    "{}后",
                    "{}之后",
                    "{}以后",
                    "过{}",
                    "再过{}",
                    "{}内",
                    "等{}",
                    "等{}后",
                    "{}过后",
                    "在{}内",
                    "在{}后",
                    "{}之内",
                    "再等{}",
                )
            )
            return Said(form.format(said.surface), f"in {said.canonical}", "in")
        if r < 0.70:
            moment = self.moment(rng)
            form = rng.choice(
                ("{}",) * 8 + ("到{}", "在{}", "{}的时候", "等到{}", "{}时候", "于{}", "{}左右", "大概{}")
            )
            return Said(form.format(moment.surface), f"at {moment.clock}", "at")
        if r < 0.86:
            return self._on_day(rng)
        return self._every(rng)

    def _on_day(self, rng: random.Random) -> Said:
        r = rng.random()
        moment = self.moment(rng)
        if r < 0.45:
            day, canonical = rng.choice(("明天", "明天", "明儿", "明日", "明天")), "tomorrow"
        elif r < 0.62:
            hour, minute = rng.randint(18, 23), draw_minute(rng)
            said = rng.choice(("今晚", "今晚", "今天晚上", "今夜")) + rng.choice(_clock(hour, minute, True))
            return Said(said, f"at today {hour:02d}:{minute:02d}", "day")
        elif r < 0.68:
            hour, minute = rng.randint(18, 23), draw_minute(rng)
            return Said("明晚" + rng.choice(_clock(hour, minute, True)), f"at tomorrow {hour:02d}:{minute:02d}", "day")
        elif r < 0.70:
            hour, minute = rng.randint(5, 9), draw_minute(rng)
            return Said("今早" + rng.choice(_clock(hour, minute, True)), f"at today {hour:02d}:{minute:02d}", "day")
        elif r < 0.74:
            hour, minute = rng.randint(5, 9), draw_minute(rng)
            return Said("明早" + rng.choice(_clock(hour, minute, True)), f"at tomorrow {hour:02d}:{minute:02d}", "day")
        elif r < 0.84:
            day, canonical = rng.choice(("今天", "今儿", "今日")), "today"
        else:
            index = rng.randrange(7)
            name = "天" if index == 6 and rng.random() < 0.5 else _WEEKDAY[index]
            day, canonical = rng.choice(("周", "星期", "礼拜", "这周", "下周", "本周")) + name, DAYS[index]
        return Said(day + moment.surface, f"at {canonical} {moment.clock}", "day")

    def _every(self, rng: random.Random) -> Said:
        r = rng.random()
        moment = self.moment(rng)
        if r < 0.16:
            hour, minute = rng.randint(18, 23), draw_minute(rng)
            said = rng.choice(("每晚", "每天晚上", "天天晚上")) + rng.choice(_clock(hour, minute, True))
            return Said(said, f"at {hour:02d}:{minute:02d} every day", "every")
        if r < 0.22:
            hour, minute = rng.randint(5, 9), draw_minute(rng)
            said = rng.choice(("每早", "每天早上", "天天早上")) + rng.choice(_clock(hour, minute, True))
            return Said(said, f"at {hour:02d}:{minute:02d} every day", "every")
        if r < 0.55:
            day, canonical = rng.choice(("每天", "每天", "每日", "天天", "每一天")), "day"
        elif r < 0.68:
            day, canonical = rng.choice(("工作日", "每个工作日", "周一到周五", "周一至周五每天", "上班日")), "weekday"
        elif r < 0.78:
            day, canonical = rng.choice(("周末", "每个周末", "每周末", "周六周日", "每逢周末", "双休日")), "weekend"
        else:
            index = rng.randrange(7)
            name = "天" if index == 6 and rng.random() < 0.5 else _WEEKDAY[index]
            day, canonical = (
                rng.choice(("每周", "每星期", "每个星期", "每个周", "每逢周", "每个礼拜", "每礼拜")) + name,
                DAYS[index],
            )
        return Said(day + moment.surface, f"at {moment.clock} every {canonical}", "every")
