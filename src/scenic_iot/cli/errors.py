"""Which exceptions are the user's to mend: shown as one line, without a traceback."""

from __future__ import annotations


class UsageError(ValueError):
    """What was asked for cannot be done; the message says what to do instead."""


def user_errors() -> tuple[type[BaseException], ...]:
    """The exception types, without importing anything that is not loaded anyway."""
    from scenic_iot.home.yamlfile import FileError
    from scenic_iot.runtime.bundle import BundleError

    return (UsageError, FileError, BundleError, OSError)


def need_extra(extra: str, error: ImportError) -> UsageError:
    """The error for a stage whose libraries are not installed."""
    return UsageError(f"{error.name} is not installed: this needs `pip install 'scenic-iot[{extra}]'`")
