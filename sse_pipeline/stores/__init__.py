"""Where streams are kept: one store a process, chosen by `SSE_PIPELINE["STORE"]`."""

import os
import re
import threading
from contextlib import suppress
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .. import conf
from .address import shown
from .base import TAIL, Store

__all__ = ["TAIL", "Store", "current", "reset"]

_current: list[Store] = []  # or none yet
_making = threading.Lock()

_NAMES = {"memory": "sse_pipeline.stores.memory.MemoryStore"}
_URL = re.compile(r"(rediss?|unix)://")


def current() -> Store:
    """Return the store of this process; raises `ImproperlyConfigured` that names the setting."""
    with suppress(IndexError):
        return _current[0]
    with _making:
        if not _current:
            _current.append(_make())
        return _current[0]


def _make() -> Store:
    settings = conf.get()
    options: dict[str, Any] = {
        "held_bytes": settings.HELD_BYTES,
        "max_stream_bytes": settings.MAX_STREAM_BYTES,
        "keep": settings.KEEP,
    }
    if _URL.match(settings.STORE):
        return _over_redis(settings.STORE, {**options, "lease": settings.LEASE})
    path = _NAMES.get(settings.STORE, settings.STORE)
    try:
        factory = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] = {shown(path)!r} is no store: give 'memory', the URL of a"
            f" Redis server or the dotted path of one ({shown(str(error))})"
        ) from None
    if not (isinstance(factory, type) and issubclass(factory, Store)):
        raise ImproperlyConfigured(f"SSE_PIPELINE['STORE'] = {path!r} is no store")
    return factory(**options)


def _over_redis(url: str, options: dict[str, Any]) -> Store:
    try:
        from .redis import RedisStore
    except ImportError as error:
        raise ImproperlyConfigured(
            "SSE_PIPELINE['STORE'] is the URL of a Redis server, and redis-py is not installed:"
            f" pip install 'django-sse-pipeline[redis]' ({error})"
        ) from error
    try:
        return RedisStore(url=url, **options)
    except ValueError:  # which may show a piece of the password
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] = {shown(url)!r} is no URL of a Redis server, as redis-py takes"
            " it; what is special in a password is percent-encoded"
        ) from None


def reset() -> None:
    """Close the store of this process; the next one starts empty, if it is in memory."""
    while _current:
        _current.pop().close()


def _start_clean() -> None:
    global _making  # noqa: PLW0603 - the parent's may be held for ever
    _making = threading.Lock()
    reset()


os.register_at_fork(after_in_child=_start_clean)


@receiver(setting_changed)
def _follow(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        reset()
