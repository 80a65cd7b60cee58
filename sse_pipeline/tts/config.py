"""The configuration of speech: what an organisation may say about it."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from typing import Any

from .credentials import check_reference, resolve
from .engine import Engine
from .exceptions import SpeechConfigError

#: The least and the greatest value of each number.
_RANGES: dict[str, tuple[float, float]] = {
    "speed": (0.25, 4.0),
    "min_characters": (0, 200),
    "max_characters": (20, 2000),
    "in_flight": (1, 8),
    "idle_flush": (0.05, 600.0),
    "first_audio_timeout": (0.05, 600.0),
    "chunk_timeout": (0.05, 600.0),
    "segment_timeout": (0.05, 600.0),
    "breaker_failures": (1, 1000),
    "breaker_pause": (0.0, 3600.0),
}


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """How to speak; each field is a key of `org_config`. Durations are seconds.

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
    #: What the engine takes beside these, such as the `base_url` of a server.
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Where the engine finds its key: "env:NAME", or a callable; never the key itself.
    credentials: str | Callable[[], str] | None = field(default=None, repr=False)
    #: Sentences are joined up to this length, and cut beyond that.
    min_characters: int = 20
    max_characters: int = 300
    #: Whether the first segment may end at a clause, so that the first sound comes sooner.
    fast_start: bool = True
    #: The silence of the input after which a clause that is pending is spoken.
    idle_flush: float = 1.0
    #: How many segments are synthesized at a time.
    in_flight: int = 2
    #: How long a segment may wait for its first audio, from one piece to the next, and in all.
    first_audio_timeout: float = 10.0
    chunk_timeout: float = 10.0
    segment_timeout: float = 30.0
    #: After how many failures in a row an engine is left alone, and for how long.
    breaker_failures: int = 3
    breaker_pause: float = 30.0

    def __post_init__(self) -> None:
        if isinstance(self.engine, type) or not isinstance(self.engine, str | Engine):
            raise SpeechConfigError("engine: expected the name of an engine, or an Engine.")
        for key in ("voice", "language"):
            if not isinstance(getattr(self, key), str | None):
                raise SpeechConfigError(f"{key}: expected a string.")
        for key in ("required", "fast_start"):
            if not isinstance(getattr(self, key), bool):
                raise SpeechConfigError(f"{key}: expected True or False.")
        if not isinstance(self.options, Mapping):
            raise SpeechConfigError("options: expected a mapping.")
        check_reference(self.credentials)
        for key, (least, most) in _RANGES.items():
            _check_number(key, getattr(self, key), least, most)
        if self.min_characters >= self.max_characters:
            raise SpeechConfigError("min_characters: expected less than max_characters.")

    def check_options(self, *known: str) -> None:
        """Check that no option is given but the known ones; for engines.

        Raises:
            SpeechConfigError: There is another; the message names it.
        """
        for key in self.options:
            if key not in known:
                only = f"the options are {', '.join(known)}" if known else "there are none"
                raise SpeechConfigError(f"options.{key}: unknown option; {only}.")

    def secret(self) -> str | None:
        """Look up the key that `credentials` refers to; None if it refers to none.

        Raises:
            SpeechConfigError: It refers to nothing; the message never holds a key.
        """
        return resolve(self.credentials)


def read_config(org_config: object) -> SpeechConfig:
    """Read None, a mapping or an object with attributes; a value of None means the default.

    Raises:
        SpeechConfigError: As `SpeechConfig` does; unknown keys are found in a mapping only.
    """
    keys = [field.name for field in fields(SpeechConfig)]
    if isinstance(org_config, str | bytes | int | float | Sequence | AbstractSet):
        raise SpeechConfigError(
            f"org_config: expected a mapping or an object, not {type(org_config).__name__}."
        )
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
