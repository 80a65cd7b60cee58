"""The `SSE_PIPELINE` setting, typed, with its defaults."""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver

from . import validation
from .validation import Check

MIB = 1024 * 1024


class Unset(enum.Enum):
    """The default of an argument for which None has a meaning: the settings say the value."""

    UNSET = enum.auto()


UNSET = Unset.UNSET

#: More is a mistake, and would overflow elsewhere.
_MOST = 2**63 - 1
_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^/\s]+")


def _origin(value: object) -> str | None:
    fits = isinstance(value, str) and _ORIGIN.fullmatch(value) is not None
    return None if fits else "must be an origin"


def _dialects(value: object) -> str | None:
    fits = isinstance(value, Mapping) and not any(
        _name(part) for item in value.items() for part in item
    )
    return None if fits else "must be a mapping of names to dotted paths"


def _webhooks(value: object) -> str | None:
    fits = isinstance(value, Mapping) and all(
        not _name(name) and validation.is_webhook(webhook) for name, webhook in value.items()
    )
    return None if fits else (
        "must be a mapping of names to mappings of a url and a secret ('whsec_' and the base64 of"
        " 24 to 64 bytes)"
    )  # fmt: skip


def _name(value: object) -> str | None:
    return None if isinstance(value, str) and value else "must be a string"


_SECONDS = validation.positive("a positive number of seconds up to 1e9", most=validation.LONGEST)
_COUNT = validation.positive_whole(most=_MOST)
_MANY = validation.optional(_COUNT)
_VARIABLES = validation.sequence_of(
    validation.variable_name, "a list of names of environment variables"
)
_HOSTS = validation.sequence_of(
    validation.network_location, "a list of hosts such as 'example.com' or 'localhost:8880'"
)
_FOLDERS = validation.sequence_of(validation.absolute_path, "a list of absolute paths")
_CONFIGS = validation.sequence_of(validation.mapping, "a list of configurations of speech")
_TRACES = validation.one_of(("linked", "nested"))
_ORIGINS = validation.sequence_of(
    _origin, "a list of origins such as 'https://example.com', or of '*'"
)


def _setting(default: Any, check: Check) -> Any:
    """Declare a setting: its default and the check of its value."""
    return dataclasses.field(default=default, metadata={"check": check})


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the library. Durations are seconds, sizes are bytes."""

    #: Where streams are kept: `memory`, `database`, `database:alias`, the URL of a Redis server, or
    #: the dotted path of a store.
    STORE: str = _setting("memory", _name)
    #: The whole life of a stream; None for no bound.
    DEADLINE: float | None = _setting(1800.0, validation.optional(_SECONDS))
    #: The silence of a component whose registration gives no timeout; None for no bound.
    COMPONENT_TIMEOUT: float | None = _setting(120.0, validation.optional(_SECONDS))
    #: The silence that ends a drain after `mark_complete()`.
    DRAIN_SILENCE: float = _setting(60.0, _SECONDS)
    #: The time that is left to the other components after a failure, a stop or a cancel.
    DRAIN_LIMIT: float = _setting(5.0, _SECONDS)
    #: How long a process keeps its components without renewing its lease.
    LEASE: float = _setting(15.0, _SECONDS)
    #: How long a component that was registered for another process waits for that process, and how
    #: long its next attempt waits for one.
    CLAIM_TIMEOUT: float = _setting(60.0, _SECONDS)
    #: How long a component may wait for a person or another service, if it does not say itself.
    WAITING_TIMEOUT: float = _setting(3600.0, _SECONDS)
    #: How often readers are told how far a component is, at most.
    PROGRESS_INTERVAL: float = _setting(0.5, _SECONDS)
    #: How long one run of a finalizer may take.
    FINALIZER_TIMEOUT: float = _setting(60.0, _SECONDS)
    #: How often a finalizer is run at most.
    FINALIZER_ATTEMPTS: int = _setting(5, _COUNT)
    #: How long it rests after the first run that fails; after each further one for twice as long.
    FINALIZER_PAUSE: float = _setting(1.0, _SECONDS)
    #: How long the finalizers of a stream may take, all together.
    FINALIZE_LIMIT: float = _setting(300.0, _SECONDS)
    #: How many finalizers one process runs at a time.
    FINALIZERS: int = _setting(4, _COUNT)
    #: The largest arguments of a finalizer.
    MAX_ARGUMENTS_BYTES: int = _setting(8 * 1024, _COUNT)
    #: The services that `post_to_webhook` may tell: the `url` and the `secret` of each name.
    WEBHOOKS: Mapping[str, Mapping[str, str]] = dataclasses.field(
        default_factory=dict, metadata={"check": _webhooks}
    )
    #: How long an ended stream can still be read.
    KEEP: float = _setting(600.0, _SECONDS)
    #: How long one write to one reader may take.
    WRITE_TIMEOUT: float = _setting(20.0, _SECONDS)
    #: The silence after which a reader gets a ping.
    HEARTBEAT: float = _setting(15.0, _SECONDS)
    #: The time after which the right of a reader is asked for again; None for never. By default it
    #: is `HEARTBEAT`.
    RECHECK: float | None = _setting(15.0, validation.optional(_SECONDS))
    #: How long such a question may take. Without an answer the reader stays.
    RECHECK_TIMEOUT: float = _setting(5.0, _SECONDS)
    #: How long a browser waits before it comes back after a lost connection.
    RETRY: float = _setting(2.0, _SECONDS)
    #: How many components a stream may have.
    COMPONENTS: int = _setting(256, _COUNT)
    #: How many errors `send_error` may report in a stream.
    ERRORS: int = _setting(100, _COUNT)
    #: The longest text of an error, a reason, a note or a progress, in characters. A longer one is
    #: cut; that of a progress is refused.
    MAX_TEXT_CHARACTERS: int = _setting(4000, _COUNT)
    #: The largest summary of a component.
    MAX_SUMMARY_BYTES: int = _setting(8 * 1024, _COUNT)
    #: The largest frame; a larger one ends the stream with an overflow.
    MAX_FRAME_BYTES: int = _setting(MIB, _COUNT)
    #: The most that a stream may send; more ends it with an overflow.
    MAX_STREAM_BYTES: int = _setting(256 * MIB, _COUNT)
    #: How much of a stream is held for readers that come later.
    HELD_BYTES: int = _setting(64 * MIB, _COUNT)
    #: How much of the content of a stream is kept of what is not held any more.
    CONTENT_BYTES: int = _setting(16 * MIB, _COUNT)
    #: How many streams that one process opened may be open; None for no bound, as for all of these.
    STREAMS: int | None = _setting(100_000, _MANY)
    #: The same for each owner.
    OWNER_STREAMS: int | None = _setting(1_000, _MANY)
    #: How many idempotency keys of each holder are kept; one more pushes out the oldest.
    OWNER_KEYS: int = _setting(100, _COUNT)
    #: How many readers one process serves.
    READERS: int | None = _setting(10_000, _MANY)
    #: How many readers it serves of the streams of each owner.
    OWNER_READERS: int | None = _setting(500, _MANY)
    #: How many readers it serves at each address.
    ADDRESS_READERS: int | None = _setting(2_000, _MANY)
    #: How many proxies stand before the server, each of which adds to `PROXY_HEADER`.
    PROXIES: int = _setting(0, validation.whole_or_zero(most=100))
    #: The header in which proxies name the address of their client.
    PROXY_HEADER: str = _setting("X-Forwarded-For", validation.header_name)
    #: How many speeches of answers one process makes at a time.
    SPEECHES: int | None = _setting(1_000, _MANY)
    #: The same for each owner.
    OWNER_SPEECHES: int | None = _setting(100, _MANY)
    #: How much all streams of a memory store may hold together.
    STORE_BYTES: int = _setting(1024 * MIB, _COUNT)
    #: How much is joined into one message to a reader.
    CHUNK_BYTES: int = _setting(256 * 1024, _COUNT)
    #: The largest body of a request.
    MAX_BODY_BYTES: int = _setting(MIB, _COUNT)
    #: How long the body of a request may take.
    BODY_TIMEOUT: float = _setting(30.0, _SECONDS)
    #: The dialects of a site: the dotted path of a `Dialect` for each name.
    DIALECTS: Mapping[str, str] = dataclasses.field(
        default_factory=dict, metadata={"check": _dialects}
    )
    #: Dotted path of a callable that admits senders: `(scope, stream, action) -> bool`.
    AUTHORIZE: str | None = _setting(None, validation.optional(_name))
    #: How long a token of the staff, which a command signs for one request, is valid.
    TOKEN_LIFETIME: float = _setting(60.0, _SECONDS)
    #: Origins beside the site's own whose pages may read and post.
    ALLOWED_ORIGINS: tuple[str, ...] = _setting((), _ORIGINS)
    #: The environment variables that the `credentials` of a configuration of speech may name.
    SPEECH_VARIABLES: tuple[str, ...] = _setting((), _VARIABLES)
    #: The servers that its `base_url` may name, as `host:port`. A host alone is one over https.
    SPEECH_HOSTS: tuple[str, ...] = _setting(("api.openai.com",), _HOSTS)
    #: The folders in which its `folder` of voices may lie.
    SPEECH_FOLDERS: tuple[str, ...] = _setting((), _FOLDERS)
    #: The configurations of speech whose voices are made ready when the site starts.
    SPEECH_WARM: tuple[Mapping[str, Any], ...] = _setting((), _CONFIGS)
    #: What the last frame of a stream says as its `message` when all went well.
    SUCCESS_MESSAGE: str = _setting("Answer pipeline completed successfully", _name)
    #: Whether readers see the text of exceptions.
    EXPOSE_ERRORS: bool = _setting(False, validation.boolean)
    #: Whether the journal is written into the database.
    JOURNAL: bool = _setting(True, validation.boolean)
    #: How many records may wait for the database.
    JOURNAL_QUEUE: int = _setting(20_000, _COUNT)
    #: The age of a stream in the journal at which `sse_reap` deletes it; None for any age.
    JOURNAL_KEEP: float | None = _setting(30 * 86400.0, validation.optional(_SECONDS))
    #: Where ended streams are kept beyond `KEEP`: `database`, or the dotted path of an
    #: `ArchiveBackend`; None for nowhere.
    ARCHIVE: str | None = _setting(None, validation.optional(_name))
    #: How long they are kept there; None for ever.
    ARCHIVE_KEEP: float | None = _setting(30 * 86400.0, validation.optional(_SECONDS))
    #: Whether their audio is kept, too.
    ARCHIVE_AUDIO: bool = _setting(True, validation.boolean)
    #: How many ended streams may wait for the archive.
    ARCHIVE_QUEUE: int = _setting(1_000, _COUNT)
    #: Whether Prometheus gets metrics; this needs the extra `metrics`.
    METRICS: bool = _setting(False, validation.boolean)
    #: How OpenTelemetry gets spans of streams: `linked` to the request that opens one, or `nested`
    #: in it; None for not at all. This needs the extra `otel`.
    TRACES: str | None = _setting(None, validation.optional(_TRACES))


_CHECKS: dict[str, Check] = {
    field.name: field.metadata["check"] for field in dataclasses.fields(Settings)
}


@functools.cache
def get() -> Settings:
    """Return the settings in force.

    Raises:
        ImproperlyConfigured: A key is unknown or its value is wrong; the message names the key. Or
            the application is not installed.
    """
    if apps.apps_ready and not apps.is_installed("sse_pipeline"):
        raise ImproperlyConfigured("INSTALLED_APPS has no 'sse_pipeline'")
    return parse(getattr(django_settings, "SSE_PIPELINE", {}))


def parse(given: Mapping[str, Any]) -> Settings:
    """Check the mapping of a site's settings, and fill in the defaults.

    Raises:
        ImproperlyConfigured: As `get` does.
    """
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"SSE_PIPELINE must be a mapping, not {given!r}")
    if found := validation.first_complaint(given, _CHECKS):
        key, complaint = found
        # A webhook has a secret, which no message shows.
        shown = f", not {given[key]!r}" if key in _CHECKS and key != "WEBHOOKS" else ""
        raise ImproperlyConfigured(f"SSE_PIPELINE[{key!r}] {complaint}{shown}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    if "HEARTBEAT" in values:
        values.setdefault("RECHECK", values["HEARTBEAT"])
    return Settings(**values)


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        get.cache_clear()
