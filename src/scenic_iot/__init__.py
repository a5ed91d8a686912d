"""What people say at home, as commands that machines obey.

>>> import scenic_iot
>>> home = scenic_iot.load()
>>> home("把客厅的灯关了").command
'light@living_room power=off'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scenic_iot.command.actions import Action, Command
    from scenic_iot.runtime.pipeline import Interpreter
    from scenic_iot.runtime.result import Alternative, Result

__version__ = "0.1.0"
__all__ = ["Action", "Alternative", "Command", "Interpreter", "Result", "__version__", "load"]

_WHERE = {
    "Action": "command.actions",
    "Command": "command.actions",
    "Interpreter": "runtime.pipeline",
    "Result": "runtime.result",
    "Alternative": "runtime.result",
}


def load(
    model: str | Path | None = None, home: str | Path | None = None, *, beams: int = 5, threads: int = 1
) -> Interpreter:
    """An interpreter, ready to be called with a sentence or with several.

    Args:
        model: folder of a bundle; None is the one inside the package.
        home: a home file (see the README); None is a home that has everything.
        beams: hypotheses kept while decoding; 1 is quickest and leaves fewer alternatives.
        threads: processor threads for one sentence.

    Raises:
        BundleError: the bundle is missing, cut short, altered, or of a newer format.
        HomeError: the home file is wrong; the message names file, line and field.
    """
    from scenic_iot.home.homefile import load_home
    from scenic_iot.runtime.bundle import load_bundle
    from scenic_iot.runtime.pipeline import Interpreter

    bundle = load_bundle(Path(model) if model is not None else None)
    household = load_home(Path(home), bundle.catalogue) if home is not None else None
    return Interpreter(bundle, household, beams=beams, threads=threads)


def __getattr__(name: str) -> Any:
    """The public classes, imported when first asked for: `import scenic_iot` itself stays instant."""
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(f"scenic_iot.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'scenic_iot' has no attribute {name!r}")
