"""The configuration of speech: the keys that an organisation may set."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sse_pipeline.tts.credentials import (
    CredentialReference,
    credential_reference,
    look_up_key,
    variable_of,
)
from sse_pipeline.tts.engine_protocol import Engine
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.pauses import pauses_or_false
from sse_pipeline.tts.results import OPUS, PCM
from sse_pipeline.tts.speech_policy import DEFAULT_POLICY, SpeechPolicy
from sse_pipeline.tts.text.segments import Joint
from sse_pipeline.validation import (
    Check,
    between,
    boolean,
    first_complaint,
    mapping,
    one_of,
    optional,
    short_string,
)

#: The most characters of a name: of an engine, a voice, a language, a model or a variable.
LONGEST_NAME = 200

NAME = short_string(LONGEST_NAME)


def _name_or_engine(value: object) -> str | None:
    if isinstance(value, str):
        return NAME(value)
    # A class of engines has the attributes of an engine, but it is not one.
    is_engine = isinstance(value, Engine) and not isinstance(value, type)
    return None if is_engine else "must be the name of an engine, or an Engine"


def _reference(value: object) -> str | None:
    return (NAME(value) if isinstance(value, str) else None) or credential_reference(value)


_TIMEOUT = between(0.05, 600.0)

_CHECKS: Mapping[str, Check] = {
    "engine": _name_or_engine,
    "voice": optional(NAME),
    "language": optional(NAME),
    "speed": between(0.25, 4.0),
    "required": boolean,
    "options": mapping,
    "credentials": _reference,
    "min_characters": between(0, 200),
    "max_characters": between(20, 2000),
    "fast_start": boolean,
    "speak_thinking": boolean,
    "speak_formulas": boolean,
    "idle_flush": _TIMEOUT,
    "pauses": pauses_or_false,
    "codec": one_of((PCM, OPUS)),
    "in_flight": between(1, 8),
    "first_audio_timeout": _TIMEOUT,
    "chunk_timeout": _TIMEOUT,
    "segment_timeout": _TIMEOUT,
    "breaker_failures": between(1, 1000),
    "breaker_pause": between(0.0, 3600.0),
}


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """The configuration of a speech. Each field is a key of `org_config`. Durations are seconds.

    Raises:
        SpeechConfigError: A value has the wrong type or is out of range.
    """

    #: The name of an engine, or an `Engine`.
    engine: str | Engine = "espeak"
    #: A voice of the engine. By default, one that speaks the language.
    voice: str | None = None
    #: A language tag such as "en" or "pt-BR". By default, that of the voice, else English.
    language: str | None = None
    #: A factor: 2.0 speaks twice as fast.
    speed: float = 1.0
    #: Whether an answer without its speech has failed. The producer of the answer applies it.
    required: bool = False
    #: Further keys for the engine, such as the `base_url` of a server.
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Where the engine finds its key: "env:NAME", or a callable. Never the key itself.
    credentials: CredentialReference = field(default=None, repr=False)
    #: Sentences are joined up to the first length, and cut beyond the second.
    min_characters: int = 20
    max_characters: int = 300
    #: Whether the first segment may end at a clause, so that the first sound comes sooner.
    fast_start: bool = True
    #: Whether the thoughts of a model and its calls of tools are spoken.
    speak_thinking: bool = False
    #: Whether formulas of LaTeX are read. Else they are skipped.
    speak_formulas: bool = True
    #: If no text comes for so long, the pending clause is spoken.
    idle_flush: float = 1.0
    #: Seconds of silence between two segments, by what separates them; those that are not named
    #: have a default. False leaves the silence of the engine as it is.
    pauses: Mapping[Joint, float] | bool = field(default_factory=dict)
    #: How the callbacks get audio: as samples, or as packets of Opus, a tenth of the size.
    codec: str = PCM
    #: How many segments the engine may have at a time.
    in_flight: int = 2
    #: The limits of a segment: for its first audio, from one audio to the next, and in all.
    first_audio_timeout: float = 10.0
    chunk_timeout: float = 10.0
    segment_timeout: float = 30.0
    #: After so many faults of the engine in a row it is not asked, and for so long.
    breaker_failures: int = 3
    breaker_pause: float = 5.0
    #: What the other fields may name. It is the site's: no `org_config` has it.
    policy: SpeechPolicy = field(default=DEFAULT_POLICY, repr=False)

    def __post_init__(self) -> None:
        _check({key: getattr(self, key) for key in _CHECKS})
        if isinstance(self.credentials, str):
            self.policy.check_variable("credentials", variable_of(self.credentials))
        if self.min_characters >= self.max_characters:
            raise SpeechConfigError("min_characters: must be less than max_characters")

    def check_options(self, *known: str) -> None:
        """Check that each option has a known name; for engines that check the values themselves.

        Raises:
            SpeechConfigError: An option is unknown. The message names it.
        """
        for key in self.options:
            if key not in known:
                only = f"the keys are {', '.join(known)}" if known else "this engine has none"
                raise SpeechConfigError(f"options.{key}: is not a known key; {only}")

    def check_option_values(self, checks: Mapping[str, Check]) -> None:
        """Check the options by the checks of an engine, which knows no other options.

        Raises:
            SpeechConfigError: An option is unknown or wrong. The message names it.
        """
        self.check_options(*checks)
        if complaint := first_complaint(self.options, checks):
            key, problem = complaint
            raise SpeechConfigError(f"options.{key}: {problem}")

    def secret(self) -> str | None:
        """Return the key that `credentials` refers to, or None if there is no reference.

        Raises:
            SpeechConfigError: The key is missing. The message never holds a key.
        """
        return look_up_key(self.credentials)


def read_config(org_config: object, policy: SpeechPolicy = DEFAULT_POLICY) -> SpeechConfig:
    """Read None, a mapping or an object with attributes. A value of None means the default.

    A `SpeechConfig` is taken as it is, with its own policy: only code of the site can make one.

    Raises:
        SpeechConfigError: As `SpeechConfig` does. Unknown keys are found in a mapping only.
    """
    if isinstance(org_config, SpeechConfig):
        return org_config
    if isinstance(org_config, str | bytes | int | float | Sequence | AbstractSet):
        kind = type(org_config).__name__
        raise SpeechConfigError(f"org_config: must be a mapping or an object, not {kind}")
    if isinstance(org_config, Mapping):
        given = dict(org_config)
        _check({key: None for key in given if key not in _CHECKS})
    else:
        given = {key: getattr(org_config, key, None) for key in _CHECKS}
    values = {key: value for key, value in given.items() if value is not None}
    return SpeechConfig(**values, policy=policy)


def _check(values: Mapping[str, object]) -> None:
    if complaint := first_complaint(values, _CHECKS):
        key, problem = complaint
        raise SpeechConfigError(f"{key}: {problem}")
