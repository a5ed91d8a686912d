"""How numbers and times are said, by language: `speech_of("zh")`, `speech_of("en")`."""

from __future__ import annotations

from .base import Speech


def speech_of(language: str) -> Speech:
    """The speech of a language. Raises KeyError for one that is not there."""
    if language == "en":
        from .english import English

        return English()
    if language == "zh":
        from .chinese import Chinese

        return Chinese()
    raise KeyError(f"no speech for language {language!r}")
