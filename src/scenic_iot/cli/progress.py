"""Progress bars on standard error, one for each stage of what is being done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bars() -> Iterator[Callable[[str, int, int], None]]:
    """Gives a function that takes a stage, how much is done and how much there is; the bars vanish at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    shown = Progress(*columns, console=Console(stderr=True), transient=True)

    def show(stage: str, done: int, total: int) -> None:
        shown.start()  # only now: training has a bar of its own
        if stage not in tasks:
            tasks[stage] = shown.add_task(stage, total=total)
        shown.update(tasks[stage], completed=done, total=total)

    try:
        yield show
    finally:
        shown.stop()
