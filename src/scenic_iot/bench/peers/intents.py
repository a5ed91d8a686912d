"""Home Assistant's intents as commands of ours, read as kindly as their slots allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home

from .base import REFUSED
from .numerals import digits

HERE = "here"
"""The area that the speaker stands in: no place was said."""
UNSUPPORTED, AMBIGUOUS = "reject unsupported", "reject ambiguous"
_CLASSES = {
    "blind": "curtain",
    "curtain": "curtain",
    "shade": "curtain",
    "shutter": "curtain",
    "window": "window",
    "garage": "garage_door",
    "gate": "gate",
    "door": "lock",
}
"""Device types by Home Assistant's classes of covers and of door sensors."""
_TYPES = {"light": "light", "fan": "fan", "lock": "lock", "switch": "switch", "climate": "climate"}
_COLORS = {"turquoise": "cyan"}
_TONES = {1900: "warm", 2700: "warm", 4000: "cool", 6500: "natural"}
"""What its names of white light are, by kelvin."""
_EVERYWHERE = re.compile(r"\b(?:all|every|everywhere)\b|所有|全部|全屋")
_PLAYBACK = {
    "HassMediaPause": "pause",
    "HassMediaUnpause": "play",
    "HassMediaNext": "next",
    "HassMediaPrevious": "previous",
}
_TASKS = {"HassVacuumStart": "clean", "HassVacuumReturnToBase": "dock", "HassVacuumCleanArea": "clean"}
_TIMES = ("hours", "minutes", "seconds")


@dataclass(frozen=True, slots=True)
class Heard:
    """A recognised intent. `slots`: name -> (value, the words that said it)."""

    intent: str
    slots: Mapping[str, tuple[Any, str]]
    text: str

    def value(self, slot: str) -> Any:
        """A slot's value, None where it is empty."""
        return self.slots[slot][0] if slot in self.slots else None

    def number(self, slot: str) -> str:
        """A number as commands write it; hassil has floats."""
        return f"{float(self.value(slot)):g}"


def command_of(text: str, hear: Callable[[str], Heard | None], catalogue: Catalogue, home: Home | None) -> str:
    """The command for a sentence; what is no business of ours, or not recognised, is a refusal."""
    heard = hear(text)
    if heard is None:
        return REFUSED
    if heard.intent == "HassStartTimer" and heard.value("conversation_command"):
        told = command_of(str(heard.value("conversation_command")), hear, catalogue, home)
        return told if told.startswith("reject") else f"{told} in {_length(heard)}"
    return _Reading(heard, catalogue, home).command()


def _length(heard: Heard) -> str:
    return "".join(f"{heard.number(name)}{name[0]}" for name in _TIMES if heard.value(name))


class _Reading:
    """One intent being read."""

    def __init__(self, heard: Heard, catalogue: Catalogue, home: Home | None) -> None:
        self.heard, self.catalogue = heard, catalogue
        name, kind = heard.value("name"), heard.value("device_class")
        self.device = str(name or _CLASSES.get(kind) or _TYPES.get(heard.value("domain"), ""))
        """A device type, the id of a home's device, `scene=…`, `sensor=…`, or nothing."""
        named = home is not None and self.device in home.devices
        self.type = home.devices[self.device].type if home is not None and named else self.device
        area = heard.value("area")
        self.area = "" if named or area in (None, HERE) else f"@{area}"
        if not self.area and not name and _EVERYWHERE.search(heard.text):
            self.area = "@all"

    def command(self) -> str:
        """The whole command."""
        heard, value = self.heard, self.heard.value
        match heard.intent:
            case "HassTurnOn" | "HassTurnOff":
                return self._switched(heard.intent == "HassTurnOn")
            case "HassLightSet":
                return self._light()
            case "HassClimateSetTemperature":
                return self._say(f"temperature={heard.number('temperature')}", "climate")
            case "HassClimateGetTemperature":
                return self._say("temperature?", "sensor")
            case "HassClimateSetFanMode":
                return self._say(f"fan_speed={value('fan_mode')}", "climate")
            case "HassFanSetSpeed":
                return self._say(f"fan_speed={heard.number('percentage')}%", "fan")
            case "HassSetPosition":
                return self._say(f"position={heard.number('position')}%")
            case "HassSetVolume":
                return self._say(f"volume={heard.number('volume_level')}%")
            case "HassSetVolumeRelative":
                return self._volume(value("volume_step"))
            case "HassMediaPlayerMute" | "HassMediaPlayerUnmute":
                return self._say(f"mute={'off' if 'Unmute' in heard.intent else 'on'}")
            case "HassGetState":
                return self._state()
            case intent if intent in _PLAYBACK:
                return self._say(f"playback={_PLAYBACK[intent]}")
            case intent if intent in _TASKS:
                return self._say(f"task={_TASKS[intent]}", "vacuum")
        return REFUSED

    def _say(self, clause: str, device: str = "") -> str:
        target = self.device or device
        return f"{target}{self.area} {clause}" if target else AMBIGUOUS

    def _switched(self, on: bool) -> str:
        if self.device.startswith("scene="):
            return f"scene activate={self.device.removeprefix('scene=')}" if on else UNSUPPORTED
        if self.type not in self.catalogue.devices:
            return AMBIGUOUS
        attributes = self.catalogue.devices[self.type].attributes
        if "position" in attributes:
            return self._say(f"position={'open' if on else 'closed'}")
        if self.type == "lock":  # turning a lock on locks it, turning on (opening) a cover that is a door does not
            return self._say(f"state={'locked' if on == (self.heard.value('device_class') is None) else 'unlocked'}")
        if self.type == "vacuum":
            return self._say(f"task={'clean' if on else 'stop'}")
        return self._say(f"power={'on' if on else 'off'}")

    def _light(self) -> str:
        slots = self.heard.slots
        if "brightness" in slots:
            level, words = slots["brightness"]
            end = {100: "max", 1: "min"}.get(level) if not re.search(r"\d", digits(words)) else None
            return self._say(f"brightness={end or f'{level:g}%'}", "light")
        if "temperature" in slots:
            kelvin, words = slots["temperature"]
            tone = f"{kelvin:g}" if re.search(r"\d", digits(words)) else _TONES.get(kelvin, "")
            return self._say(f"color_temperature={tone}", "light")
        color = self.heard.value("color")
        return self._say(f"color={_COLORS.get(color, color)}", "light")

    def _volume(self, step: Any) -> str:
        if step in ("up", "down"):
            return self._say(f"volume{'+=' if step == 'up' else '-='}step")
        return self._say(f"volume{'+=' if float(step) > 0 else '-='}{abs(float(step)):g}%")

    def _state(self) -> str:
        if self.device.startswith("sensor="):
            return f"sensor{self.area} {self.device.removeprefix('sensor=')}?"
        if self.type not in self.catalogue.devices:
            return REFUSED
        attributes = self.catalogue.devices[self.type].attributes
        return self._say(f"{next((name for name in ('state', 'position', 'power') if name in attributes), 'task')}?")
