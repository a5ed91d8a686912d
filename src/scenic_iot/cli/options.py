"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
Name = TypeVar("Name", bound=str)

model: Decorator = click.option(
    "--model", type=click.Path(path_type=Path), metavar="FOLDER", help="A bundle. [default: the one in the package]"
)
home: Decorator = click.option(
    "--home", type=click.Path(path_type=Path), metavar="FILE", help="A home file: names of one's own, what there is."
)
beams: Decorator = click.option(
    "--beams", type=click.IntRange(1, 32), default=5, show_default=True, help="Hypotheses kept while decoding."
)
budget: Decorator = click.option(
    "--budget", type=click.FloatRange(0), default=60.0, show_default=True, help="Minutes; then no more runs begin."
)
families: Decorator = click.option(
    "--families",
    default="encoder,decoder,encoder_decoder",
    show_default=True,
    help="Which, separated by commas.",
)
data_pairs: Decorator = click.option(
    "--data-pairs", type=click.IntRange(1), default=1_000_000, show_default=True, help="Training pairs, for all runs."
)
samples: Decorator = click.option(
    "--samples", type=click.IntRange(1), default=4_000_000, show_default=True, help="Pairs that each run sees."
)
gold: Decorator = click.option(
    "--gold",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Gold files to score as well.",
)
parallel: Decorator = click.option(
    "--parallel", type=click.IntRange(1), default=1, show_default=True, help="Runs at a time, each in a process."
)
device: Decorator = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")


def names(option: str, text: str, known: Sequence[Name]) -> tuple[Name, ...]:
    """Names separated by commas, each once. Raises BadParameter for one that is not known."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    places = {str(name): name for name in known}
    for name in found:
        if name not in places:
            raise click.BadParameter(f"no {name!r}; there are {', '.join(places)}", param_hint=option)
    return tuple(places[name] for name in found)
