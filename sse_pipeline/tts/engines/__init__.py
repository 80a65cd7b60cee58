"""The engines, found by name."""

from collections.abc import Callable

from sse_pipeline.tts.exceptions import SpeechConfigError

from .base import Audio, Engine, TimedWord, Words
from .espeak import espeak_engine

__all__ = ["Audio", "Engine", "TimedWord", "Words", "find_engine"]

#: Each is called with the voice, the language and the speed.
_ENGINES: dict[str, Callable[[str | None, str | None, float], Engine]] = {"espeak": espeak_engine}


def find_engine(name: str, voice: str | None, language: str | None, speed: float) -> Engine:
    """Set up the engine of that name.

    Raises:
        SpeechConfigError: There is no such engine, or it has no such voice or language.
    """
    try:
        make = _ENGINES[name]
    except KeyError:
        names = ", ".join(_ENGINES)
        raise SpeechConfigError(f"engine: there is no {name!r}, only {names}.") from None
    return make(voice, language, speed)
