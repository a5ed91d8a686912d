"""`scenic run`: instructions in, commands out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from scenic_iot.cli import options
from scenic_iot.cli.errors import UsageError

if TYPE_CHECKING:
    from scenic_iot.runtime.result import Result
    from scenic_iot.runtime.writer import Reply, Writer

MAX_LINE = 1 << 20
"""Bytes of one line that are kept; what is longer is no instruction, and is refused after its beginning."""


@click.command("run")
@click.argument("text", nargs=-1)
@click.option("--jsonl", is_flag=True, help="One instruction a line from standard input, one JSON object a line out.")
@click.option("--top", type=click.IntRange(1, 5), default=1, show_default=True, help="Show so many readings.")
@click.option("--say", is_flag=True, help="Also print what to say back.")
@options.home
@options.model
@options.beams
def command(
    text: tuple[str, ...], jsonl: bool, top: int, say: bool, home: Path | None, model: Path | None, beams: int
) -> None:
    """Turn instructions into commands.

    Each TEXT is one instruction; with none, lines are read from standard input.

    \b
    scenic run "把客厅的灯关了"
    scenic run --top 3 "it's a bit dark in here"
    scenic run --home my-home.yaml "turn on nattbord"
    scenic run --jsonl < instructions.txt > answers.jsonl
    """
    import scenic_iot

    if jsonl and text:
        raise UsageError("--jsonl reads standard input: give it the texts there, one a line")
    interpreter = _load_writer(model, home, beams) or scenic_iot.load(model, home, beams=beams)
    if jsonl:
        for line in read_lines(sys.stdin.buffer):
            click.echo(json.dumps(interpreter(line).to_json(), ensure_ascii=False))
        return
    for line in text or read_lines(sys.stdin.buffer):
        _print(interpreter(line), top, say)


def _load_writer(model: Path | None, home: Path | None, beams: int) -> Writer | None:
    """What answers with a bundle that writes text; None for one that writes commands."""
    from scenic_iot.runtime.bundle import writes_text
    from scenic_iot.runtime.writer import load_writer

    if model is None or not writes_text(model):
        return None
    if home is not None:
        raise UsageError(f"{model} answers with text and knows of no home: leave --home out")
    return load_writer(model, beams=beams)


def read_lines(stream: BinaryIO) -> Iterator[str]:
    """Lines of a byte stream as text, without their ends; bytes that are not UTF-8 become U+FFFD."""
    while line := stream.readline(MAX_LINE):
        while not line.endswith(b"\n") and (more := stream.readline(MAX_LINE)):
            line = line[:MAX_LINE] + (b"\n" if more.endswith(b"\n") else b"")
        yield line.decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r")


def _print(result: Result | Reply, top: int, say: bool) -> None:
    if top == 1:
        click.echo(result.command)
    else:
        readings = [(result.command, result.confidence), *((a.command, a.confidence) for a in result.alternatives)]
        for command_text, confidence in readings[:top]:
            click.echo(f"{confidence:6.1%}  {command_text}")
    if say:
        click.echo(result.spoken())
