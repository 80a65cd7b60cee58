"""The configuration of speech: what an organisation may say about it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from .engines.base import Engine
from .exceptions import SpeechConfigError

#: The least and the greatest value of each number.
_RANGES: dict[str, tuple[float, float]] = {
    "speed": (0.25, 4.0),
    "max_characters": (20, 2000),
    "first_audio_timeout": (0.05, 600.0),
    "segment_timeout": (0.05, 600.0),
}


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """How to speak; each field is a key of `org_config`.

    Raises:
        SpeechConfigError: A key is unknown, or its value of the wrong type or out of range.
    """

    #: The name of an engine, or an `Engine`.
    engine: str | Engine = "espeak"
    #: A voice of the engine; by default one that speaks the language.
    voice: str | None = None
    #: A language tag such as "en" or "pt-BR"; by default that of the voice, else English.
    language: str | None = None
    #: A factor: 2.0 speaks twice as fast.
    speed: float = 1.0
    #: Whether an answer without its speech has failed; for whoever settles the component.
    required: bool = False
    #: The longest segment, in characters.
    max_characters: int = 300
    #: Seconds that an engine has for the first audio of a segment, and for the whole of it.
    first_audio_timeout: float = 10.0
    segment_timeout: float = 30.0

    def __post_init__(self) -> None:
        if isinstance(self.engine, type) or not isinstance(self.engine, str | Engine):
            raise SpeechConfigError("engine: expected the name of an engine, or an Engine.")
        for key in ("voice", "language"):
            if not isinstance(getattr(self, key), str | None):
                raise SpeechConfigError(f"{key}: expected a string.")
        if not isinstance(self.required, bool):
            raise SpeechConfigError("required: expected True or False.")
        for key, (least, most) in _RANGES.items():
            _check_number(key, getattr(self, key), least, most)


def read_config(org_config: object) -> SpeechConfig:
    """Read None, a mapping or an object with attributes; a value of None means the default.

    Raises:
        SpeechConfigError: As `SpeechConfig` does; unknown keys are found in a mapping only.
    """
    keys = [field.name for field in fields(SpeechConfig)]
    if not isinstance(org_config, Mapping):
        given: dict[str, Any] = {key: getattr(org_config, key, None) for key in keys}
    else:
        unknown = [key for key in org_config if key not in keys]
        if unknown:
            known = ", ".join(keys)
            raise SpeechConfigError(f"{unknown[0]}: unknown key; the keys are {known}.")
        given = dict(org_config)
    return SpeechConfig(**{key: value for key, value in given.items() if value is not None})


def _check_number(key: str, value: object, least: float, most: float) -> None:
    kinds = (int,) if isinstance(least, int) else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise SpeechConfigError(f"{key}: expected {'a whole' if kinds == (int,) else 'a'} number.")
    if not least <= value <= most:
        raise SpeechConfigError(f"{key}: expected a number from {least} to {most}, not {value}.")
