"""Pairs of a small home, made up: every room with every device, some together."""

from __future__ import annotations

from scenic_iot.textpairs.pair import Pair

ROOMS = ("客厅", "卧室", "书房", "厨房", "阳台")
DEVICES = ("灯", "空调", "风扇")


def pairs() -> list[Pair]:
    """Switching on and off, and both at once; the light of the study is never switched off."""
    made: list[Pair] = []
    for room in (*ROOMS, ""):
        for device in DEVICES:
            for say, done in (("打开", "打开"), ("关掉", "关闭")):
                if (room, device, done) == ("书房", "灯", "关闭"):
                    continue
                made.append(Pair(f"{say}{room}{device}。", f"好的，已{done}{room}{device}。"))
                made.append(Pair(f"请{say}{room}{device}", f"好的，已{done}{room}{device}。"))
        for first, second in (("灯", "空调"), ("空调", "风扇"), ("风扇", "灯")):
            text = f"打开{room}{first}，再关掉{room}{second}。"
            if (room, second) != ("书房", "灯"):
                made.append(Pair(text, f"好的，已打开{room}{first}；已关闭{room}{second}。"))
    return made
