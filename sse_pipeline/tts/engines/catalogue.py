"""The engines by name: the library's own, and those that installed packages bring along."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from sse_pipeline.tts.config import SpeechConfig
from sse_pipeline.tts.engine import Engine
from sse_pipeline.tts.exceptions import SpeechConfigError

#: The group of entry points in which a package offers engines: `name = "module:factory"`.
GROUP = "sse_pipeline.speech_engines"

_OWN = {
    "espeak": "sse_pipeline.tts.engines.espeak:espeak_engine",
    "fallback": "sse_pipeline.tts.engines.fallback:fallback_engine",
    "openai": "sse_pipeline.tts.engines.openai:openai_engine",
    "piper": "sse_pipeline.tts.engines.piper:piper_engine",
}


def find_engine(config: SpeechConfig) -> Engine:
    """Set up the engine that a configuration names, or return the one that it holds.

    Raises:
        SpeechConfigError: There is no such engine, it can't be loaded, or it refuses a key.
    """
    if not isinstance(config.engine, str):
        return config.engine
    factory = _factory(config.engine)
    try:
        return factory(config)
    except SpeechConfigError:
        raise
    except Exception as error:
        raise SpeechConfigError(f"engine: {config.engine!r} can't be set up: {error!r}") from error


def _factory(name: str) -> Callable[[SpeechConfig], Engine]:
    found = {entry.name: entry for entry in _entries()}
    if name not in found:
        raise SpeechConfigError(f"engine: there is no {name!r}, only {', '.join(found)}.")
    try:
        factory: Callable[[SpeechConfig], Engine] = found[name].load()
    except (ImportError, AttributeError) as error:
        raise SpeechConfigError(f"engine: {name!r} can't be loaded: {error}") from error
    return factory


def _entries() -> list[EntryPoint]:
    own = [EntryPoint(name, place, GROUP) for name, place in _OWN.items()]
    return [*entry_points(group=GROUP), *own]
