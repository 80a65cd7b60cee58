"""The `SSE_PIPELINE` setting, typed, with its defaults."""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

MIB = 1024 * 1024


class Unset(enum.Enum):
    """The default of an argument for which None means something: what the settings say."""

    UNSET = enum.auto()


UNSET = Unset.UNSET


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the package. Durations are seconds, sizes are bytes."""

    #: Where streams are kept: `memory`, the URL of a Redis server, or the dotted path of a store.
    STORE: str = "memory"
    #: A stream's whole life; None for no bound.
    DEADLINE: float | None = 1800.0
    #: A component's silence, where its registration says nothing; None for no bound.
    COMPONENT_TIMEOUT: float | None = 120.0
    #: The silence that ends a drain after `mark_complete()`.
    DRAIN_SILENCE: float = 60.0
    #: The time that is left to the others after a failure or a cancel.
    DRAIN_LIMIT: float = 5.0
    #: How long a process that does not renew its lease keeps the components that it works on.
    LEASE: float = 15.0
    #: How long a component that was registered for another process waits for it.
    CLAIM_TIMEOUT: float = 60.0
    #: How long an ended stream can still be read.
    KEEP: float = 600.0
    #: How long one write to one reader may take.
    WRITE_TIMEOUT: float = 20.0
    #: The silence after which a reader is sent a comment.
    HEARTBEAT: float = 15.0
    #: When a browser comes back after a lost connection.
    RETRY: float = 2.0
    #: The largest frame, before the stream ends with an overflow.
    MAX_FRAME_BYTES: int = MIB
    #: The most that a stream may send, before it ends with an overflow.
    MAX_STREAM_BYTES: int = 256 * MIB
    #: How much of a stream is held for those who read later.
    HELD_BYTES: int = 64 * MIB
    #: How much is joined into one message to a reader.
    CHUNK_BYTES: int = 256 * 1024
    #: The largest body of a request.
    MAX_BODY_BYTES: int = MIB
    #: Dotted path of a callable that admits readers: `(scope or request, stream) -> bool`.
    AUTHORIZE: str | None = None
    #: Origins beside the site's own whose pages may read and post.
    ALLOWED_ORIGINS: tuple[str, ...] = ()
    #: Whether readers are shown the text of exceptions.
    EXPOSE_ERRORS: bool = False
    #: Whether what streams do is written into the database.
    JOURNAL: bool = True
    #: How many records wait for the database at most.
    JOURNAL_QUEUE: int = 20_000
    #: How old a stream gets in the journal, before `sse_reap` deletes it; None for any age.
    JOURNAL_KEEP: float | None = 30 * 86400.0
    #: Whether Prometheus is told; it needs the extra `metrics`.
    METRICS: bool = False


@functools.cache
def get() -> Settings:
    """Return the settings in force; raises `ImproperlyConfigured` that names the key."""
    return parse(getattr(django_settings, "SSE_PIPELINE", {}))


def parse(given: Mapping[str, Any]) -> Settings:
    """Check a mapping as it stands in the settings of a site, and fill in the defaults."""
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"SSE_PIPELINE must be a mapping, not {given!r}")
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    for key, value in given.items():
        if key not in fields:
            known = ", ".join(fields)
            raise ImproperlyConfigured(f"SSE_PIPELINE[{key!r}] is no setting; there are {known}")
        if complaint := _complain(fields[key], value):
            raise ImproperlyConfigured(f"SSE_PIPELINE[{key!r}] must be {complaint}, not {value!r}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    return Settings(**values)


def _complain(field: dataclasses.Field[Any], value: object) -> str | None:
    kind = str(field.type)
    if value is None:
        return None if "None" in kind else _NOUNS[kind]
    accepted = _CHECKS[kind.removesuffix(" | None")](value)
    return None if accepted else _NOUNS[kind.removesuffix(" | None")]


def _is_positive(value: object, kinds: type | tuple[type, ...]) -> bool:
    if isinstance(value, bool) or not isinstance(value, kinds):
        return False
    return 0 < value < _TOO_MUCH  # type: ignore[operator]


def _is_origin(value: object) -> bool:
    return isinstance(value, str) and _ORIGIN.fullmatch(value) is not None


_TOO_MUCH = 2**63
_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/\s]+")
_CHECKS = {
    "str": lambda value: isinstance(value, str) and value != "",
    "float": lambda value: _is_positive(value, (int, float)),
    "int": lambda value: _is_positive(value, int),
    "bool": lambda value: isinstance(value, bool),
    "tuple[str, ...]": lambda value: (
        isinstance(value, list | tuple) and all(map(_is_origin, value))
    ),
}
_NOUNS = {
    "str": "a string",
    "float": "a positive number of seconds",
    "int": "a positive whole number",
    "bool": "True or False",
    "tuple[str, ...]": "a list of origins such as 'https://example.com', or of '*'",
}


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        get.cache_clear()
