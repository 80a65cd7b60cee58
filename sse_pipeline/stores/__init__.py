"""Where streams are kept: one store a process, chosen by `SSE_PIPELINE["STORE"]`."""

import functools
import os
import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .. import conf
from .base import TAIL, Store

__all__ = ["TAIL", "Store", "current", "reset"]

_NAMES = {"memory": "sse_pipeline.stores.memory.MemoryStore"}
_URL = re.compile(r"(rediss?|unix)://")


@functools.cache
def current() -> Store:
    """Return the store of this process; raises `ImproperlyConfigured` that names the setting."""
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
            f"SSE_PIPELINE['STORE'] = {settings.STORE!r} is no store: give 'memory', the URL of a"
            f" Redis server or the dotted path of one ({error})"
        ) from error
    if not (isinstance(factory, type) and issubclass(factory, Store)):
        raise ImproperlyConfigured(f"SSE_PIPELINE['STORE'] = {settings.STORE!r} is no store")
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
    except ValueError as error:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] is no URL of a Redis server: {error}"
        ) from error


def reset() -> None:
    """Close the store of this process; the next one starts empty, if it is in memory."""
    if current.cache_info().currsize:
        current().close()
    current.cache_clear()


os.register_at_fork(after_in_child=reset)


@receiver(setting_changed)
def _follow(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        reset()
