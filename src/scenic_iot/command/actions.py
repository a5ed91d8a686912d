"""What a command is: actions in the order they were said, or a reason why there are none.

`str(command)` is the canonical string. Nothing here knows the catalogue: what may stand in an action is checked by
`parse` and by `Command.from_json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from scenic_iot.home.catalogue import Catalogue
    from scenic_iot.home.homefile import Home

Op = Literal["set", "increase", "decrease", "query"]
Json = dict[str, "str | list[str] | None"]

OPS: tuple[Op, ...] = get_args(Op)
SIGNS: dict[Op, str] = {"set": "=", "increase": "+=", "decrease": "-=", "query": "?"}
REASONS = ("out_of_scope", "unsupported", "ambiguous")
STEP = "step"  # the amount of += and -= when none was said


@dataclass(frozen=True, slots=True)
class Action:
    """One clause: `light@all-bedroom power=off in 30m`."""

    device: str
    """A device type of the catalogue, or the id of a home's named device."""
    attribute: str
    op: Op
    value: str | None = None
    """As the grammar writes it: "off", "50%", "26", "step". None for a query, and only then."""
    area: str | None = None
    """None where no place was said; "all" for the whole home."""
    excluded: tuple[str, ...] = ()
    """Areas that are left out, in the order said."""
    schedule: str | None = None
    """The schedule's text: "in 30m", "at 22:00 every day"."""

    def __str__(self) -> str:
        area = "" if self.area is None else f"@{self.area}" + "".join(f"-{area}" for area in self.excluded)
        schedule = "" if self.schedule is None else f" {self.schedule}"
        return f"{self.device}{area} {self.attribute}{SIGNS[self.op]}{self.value or ''}{schedule}"

    def to_json(self) -> Json:
        """The action with every key present."""
        return {
            "device": self.device,
            "area": self.area,
            "except": list(self.excluded),
            "attribute": self.attribute,
            "op": self.op,
            "value": self.value,
            "schedule": self.schedule,
        }


@dataclass(frozen=True, slots=True)
class Command:
    """Actions, or a rejection with one of `REASONS`. Raises ValueError when it is neither or both."""

    actions: tuple[Action, ...] = ()
    rejected: str | None = None

    def __post_init__(self) -> None:
        if bool(self.actions) == (self.rejected is not None):
            raise ValueError("a command has actions or is rejected, and not both")

    def __str__(self) -> str:
        return f"reject {self.rejected}" if self.rejected is not None else "; ".join(map(str, self.actions))

    def to_json(self) -> dict[str, list[Json] | str | None]:
        """`{"actions": [...], "rejected": null}`, or no actions and a reason."""
        return {"actions": [action.to_json() for action in self.actions], "rejected": self.rejected}

    @classmethod
    def from_json(cls, data: object, catalogue: Catalogue | None = None, home: Home | None = None) -> Command:
        """The command that `to_json` wrote, or that a bare list of actions describes.

        Checked like a text that is parsed, against the packaged catalogue when none is given. Raises CommandError.
        """
        from scenic_iot.command.data import command_from_json  # noqa: PLC0415  it parses, and parsing needs this module

        return command_from_json(data, catalogue, home)
