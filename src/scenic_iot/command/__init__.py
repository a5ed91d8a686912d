"""The command language: commands, how they are written, read and spoken, and what constrains decoding."""

from scenic_iot.command.actions import Action, Command
from scenic_iot.command.errors import CommandError
from scenic_iot.command.parse import parse

__all__ = ["Action", "Command", "CommandError", "parse"]
