"""`scenic demo`: the bundled model at work."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import click

from scenic_iot.cli import options

WIDE = 190  # columns that hold every row on one line
SENTENCES = (
    "把客厅的灯关了",
    "有点闷，空调开到二十六度，再把窗户打开一半",
    "半小时后关掉卧室的风扇",
    "除了书房其他灯都关掉",
    "客厅现在多少度",
    "明天提醒我买牛奶",
    "kill the lights in the living room",
    "could you make the kitchen a bit brighter and start the vacuum",
    "set the thermostat to 70 degrees at 6:30 am every weekday",
    "turn on, no, turn off the fan",
    "is the front door locked",
    "open the pod bay doors",
)


@click.command("demo")
@options.model
def command(model: Path | None) -> None:
    """Show the bundled model at work: what is said, the command, what is said back."""
    terminal = shutil.get_terminal_size((WIDE, 24)).columns
    click.echo(demo_table(model, terminal))


def demo_table(model: Path | None, width: int = WIDE) -> str:
    """The sentences with their commands, confirmations and milliseconds, as text of at most `width` columns."""
    from rich.console import Console
    from rich.table import Table

    import scenic_iot

    interpreter = scenic_iot.load(model)
    interpreter(SENTENCES[0])
    table = Table(box=None, header_style="", pad_edge=False)
    for title in ("said", "command", "said back", "ms"):
        table.add_column(title, justify="right" if title == "ms" else "left", overflow="fold")
    for sentence in SENTENCES:
        began = time.perf_counter()
        result = interpreter(sentence)
        spent = 1000 * (time.perf_counter() - began)
        table.add_row(sentence, result.command, result.spoken(), f"{spent:.1f}")
    text = io.StringIO()
    Console(file=text, width=width).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())
