"""The one error of the command language."""

from __future__ import annotations

_SHOWN = 12  # alternatives named in a message


class CommandError(ValueError):
    """A text, a JSON value or a list of symbols that is no command.

    Attributes:
        message: what is wrong, without the position.
        position: where, from 0: characters of a text, bytes where these are not UTF-8,
            places in a list of symbols or of actions.
        expected: what could have stood there, each as it would be written or as "a device", "a number from 5 to 99".
    """

    def __init__(self, message: str, position: int = 0, expected: tuple[str, ...] = ()) -> None:
        self.message, self.position, self.expected = message, position, expected
        shown = ", ".join(expected[:_SHOWN]) + (", …" if len(expected) > _SHOWN else "")
        super().__init__(f"at {position}: {message}" + (f"; expected {shown}" if shown else ""))


def quote(text: str) -> str:
    """A short, printable form of any text for a message."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
