"""The engines by name: those of the library, and those that installed packages offer."""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points

from sse_pipeline.tts.engine_protocol import Engine
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.speech_config import SpeechConfig

#: The group of entry points in which a package offers engines: `name = "module:factory"`.
GROUP = "sse_pipeline.speech_engines"

# Paths, not imports: most of the engines need packages that may not be installed.
_OWN = {
    "espeak": "sse_pipeline.tts.engines.voices.run_options:make_espeak_runs",
    "fallback": "sse_pipeline.tts.engines.fallback.fallback_options:make_fallback_engine",
    "openai": "sse_pipeline.tts.engines.openai.openai_engine:make_openai_engine",
    "piper": "sse_pipeline.tts.engines.voices.run_options:make_piper_runs",
}


def find_engine(
    config: SpeechConfig, offered: Callable[..., Iterable[EntryPoint]] = entry_points
) -> Engine:
    """Return the engine that a configuration holds, or set up the engine that it names.

    `offered` returns the entry points of installed packages, as `importlib.metadata` does.

    Raises:
        SpeechConfigError: There is no such engine, it can't be loaded, or it refuses a key.
    """
    if not isinstance(config.engine, str):
        return config.engine
    factory = _load_factory(config.engine, offered)
    try:
        return factory(config)
    except SpeechConfigError:
        raise
    except Exception as error:
        raise SpeechConfigError(f"engine: {config.engine!r} can't be set up: {error!r}") from error


def _load_factory(
    name: str, offered: Callable[..., Iterable[EntryPoint]]
) -> Callable[[SpeechConfig], Engine]:
    own = [EntryPoint(own_name, path, GROUP) for own_name, path in _OWN.items()]
    # The own engines come last: a package can't take the name of one.
    found = {entry.name: entry for entry in [*offered(group=GROUP), *own]}
    if name not in found:
        raise SpeechConfigError(f"engine: there is no {name!r}; there are {', '.join(found)}")
    try:
        factory: Callable[[SpeechConfig], Engine] = found[name].load()
    except (ImportError, AttributeError) as error:
        raise SpeechConfigError(f"engine: {name!r} can't be loaded: {error}") from error
    return factory
