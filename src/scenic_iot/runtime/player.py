"""Volume and playback with no device said mean the home's only device that has them (rule 12 of the language)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scenic_iot.command.actions import Action
from scenic_iot.home.catalogue import Catalogue
from scenic_iot.home.homefile import Home

_ATTRIBUTES = frozenset({"volume", "mute", "playback"})
_POINTING = re.compile(r"\b(?:it|that|this|them|those|these)\b|它|这个|那个")  # judged alone, nothing stands before
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Player:
    """A home's only device with volume or playback: its type, and what each language calls it."""

    device: str
    chinese: str
    english: str

    @classmethod
    def of(cls, home: Home | None, catalogue: Catalogue) -> Player | None:
        """That of a home; None where it has none or several, or where no home is known."""
        types = [device.type for device in home.devices.values()] if home else []
        players = [kind for kind in types if not _ATTRIBUTES.isdisjoint(catalogue.devices[kind].attributes)]
        if len(players) != 1:
            return None
        names = catalogue.devices[players[0]].names
        return cls(players[0], names["zh"][0], names["en"][0].partition("/")[0])

    def named(self, text: str) -> str | None:
        """The text with the device said in it; None where it points at something that was said before."""
        if _POINTING.search(text.lower()):
            return None
        return self.chinese + text if _HAN.search(text) else f"{text} on the {self.english}"

    def suits(self, actions: tuple[Action, ...]) -> bool:
        """Whether this is all about volume and playback of the device, wherever it stands."""
        return bool(actions) and all(a.device == self.device and a.attribute in _ATTRIBUTES for a in actions)
