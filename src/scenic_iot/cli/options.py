"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

model: Decorator = click.option(
    "--model", type=click.Path(path_type=Path), metavar="FOLDER", help="A bundle. [default: the one in the package]"
)
home: Decorator = click.option(
    "--home", type=click.Path(path_type=Path), metavar="FILE", help="A home file: names of one's own, what there is."
)
beams: Decorator = click.option(
    "--beams", type=click.IntRange(1, 32), default=5, show_default=True, help="Hypotheses kept while decoding."
)
