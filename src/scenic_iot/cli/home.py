"""`scenic home`: what one household has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click


@click.group("home")
def command() -> None:
    """Work with home files: the devices of one household and what their owner calls them."""


@command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a home FILE; a mistake is named with its line and field, and the exit status is 2."""
    from scenic_iot.home.homefile import load_home

    home = load_home(file)
    kinds = Counter(device.type for device in home.devices.values())
    named = sum(bool(device.names) for device in home.devices.values())
    click.echo(f"{file}: {len(home.devices)} devices ({named} with names of their own), {len(home.areas)} areas")
    for kind, count in kinds.most_common():
        click.echo(f"  {count:4}  {kind}")
