"""Sets up the engines of `options.engines`."""

from collections.abc import Mapping

from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.engines.fallback.fallback_engine import FallbackChoice, FallbackEngine
from sse_pipeline.tts.engines.resampling import check_resampling
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.speech_config import SpeechConfig, read_config
from sse_pipeline.validation import Check, first_complaint, mapping

#: The most engines of a speech.
MOST_ENGINES = 10

#: The keys of an entry. All other keys hold for the speech as a whole.
_KEYS = (
    "engine",
    "voice",
    "language",
    "speed",
    "options",
    "credentials",
    "first_audio_timeout",
    "breaker_failures",
    "breaker_pause",
)
_INHERITED = ("language", "speed", "breaker_failures", "breaker_pause")


def _entries(value: object) -> str | None:
    if not isinstance(value, list | tuple) or not value:
        return "must be a list of configurations"
    return None if len(value) <= MOST_ENGINES else f"must have at most {MOST_ENGINES} entries"


def _any_value(_: object) -> None:
    """Accept any value: `read_config` checks it."""


_ENTRY_CHECKS: Mapping[str, Check] = dict.fromkeys(_KEYS, _any_value)


def make_fallback_engine(config: SpeechConfig) -> FallbackEngine:
    """Set up the engines of `options.engines`. Each has a configuration of its own.

    Language, speed and circuit breaker are those of the speech, unless an entry has its own. Each
    engine but the last has a `first_audio_timeout`, by default an equal share of that of the
    speech.

    Raises:
        SpeechConfigError: An entry can't be used. The message names the entry and its key.
    """
    for key in ("voice", "credentials"):
        if getattr(config, key) is not None:
            raise SpeechConfigError(f"{key}: must be in the entries of options.engines")
    config.check_option_values({"engines": _entries})
    if "engines" not in config.options:
        raise SpeechConfigError(f"options.engines: {_entries(None)}")
    entries = config.options["engines"]
    share = config.first_audio_timeout / len(entries)
    choices = [
        _make_choice(config, f"options.engines[{place}]", entry, share, place == len(entries) - 1)
        for place, entry in enumerate(entries)
    ]
    if sum(choice.patience or 0 for choice in choices) >= config.first_audio_timeout:
        raise SpeechConfigError("first_audio_timeout: leaves no time for the last engine")
    if len({choice.engine.sample_rate for choice in choices}) > 1:
        check_resampling("options.engines")
    return FallbackEngine(tuple(choices))


def _make_choice(
    config: SpeechConfig, path: str, entry: object, share: float, is_last: bool
) -> FallbackChoice:
    if problem := mapping(entry):
        raise SpeechConfigError(f"{path}: {problem}")
    assert isinstance(entry, Mapping)
    if complaint := first_complaint(entry, _ENTRY_CHECKS):
        key, problem = complaint
        raise SpeechConfigError(f"{path}.{key}: {problem}")
    inherited = {key: getattr(config, key) for key in _INHERITED}
    try:
        inner = read_config({**inherited, "first_audio_timeout": share, **entry}, config.policy)
        engine = find_engine(inner)
    except SpeechConfigError as error:
        raise SpeechConfigError(f"{path}.{error}") from error
    name = inner.engine if isinstance(inner.engine, str) else type(engine).__name__
    patience = None if is_last else inner.first_audio_timeout
    return FallbackChoice(name, engine, patience, inner.breaker_failures, inner.breaker_pause)
