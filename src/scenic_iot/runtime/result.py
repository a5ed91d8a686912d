"""What the pipeline answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scenic_iot.command.actions import Action, Command
from scenic_iot.command.spoken import confirm
from scenic_iot.home.homefile import Home


@dataclass(frozen=True, slots=True)
class Alternative:
    """A less likely reading; `confidence` is in [0, 1]."""

    command: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Result:
    """One instruction understood, or refused.

    `command` is the canonical string; `parsed` the same as an object. `alternatives` are up to four, best first. A
    command that was refused for doubt (see `calibration`) is the first of them, and may be likelier than the refusal.
    """

    text: str
    parsed: Command
    confidence: float
    alternatives: tuple[Alternative, ...] = ()
    home: Home | None = None

    @property
    def command(self) -> str:
        """The canonical command: `light@living_room power=off`, or `reject out_of_scope`."""
        return str(self.parsed)

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions of the command; none for a rejection."""
        return self.parsed.actions

    @property
    def rejected(self) -> str | None:
        """Why the instruction was refused, or None."""
        return self.parsed.rejected

    def spoken(self, language: str | None = None) -> str:
        """What to say back, in "zh" or "en"; None: in Chinese where the instruction has a Chinese character."""
        language = language or ("zh" if any("\u4e00" <= c <= "\u9fff" for c in self.text) else "en")
        return confirm(self.parsed, language, self.home)

    def to_json(self) -> dict[str, Any]:
        """The object that `scenic run --jsonl` writes."""
        command = self.parsed.to_json()
        return {
            "text": self.text,
            "command": self.command,
            "actions": command["actions"],
            "rejected": command["rejected"],
            "confidence": round(self.confidence, 4),
            "alternatives": [{"command": a.command, "confidence": round(a.confidence, 4)} for a in self.alternatives],
        }
