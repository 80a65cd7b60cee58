"""Where streams are kept: one store a process, chosen by `SSE_PIPELINE["STORE"]`."""

import functools
import os

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .. import conf
from .base import TAIL, Store

__all__ = ["TAIL", "Store", "current", "reset"]

_NAMES = {"memory": "sse_pipeline.stores.memory.MemoryStore"}


@functools.cache
def current() -> Store:
    """Return the store of this process; raises `ImproperlyConfigured` that names the setting."""
    settings = conf.get()
    path = _NAMES.get(settings.STORE, settings.STORE)
    try:
        factory = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] = {settings.STORE!r} is no store: give 'memory' or the dotted"
            f" path of one ({error})"
        ) from error
    if not (isinstance(factory, type) and issubclass(factory, Store)):
        raise ImproperlyConfigured(f"SSE_PIPELINE['STORE'] = {settings.STORE!r} is no store")
    return factory(
        held_bytes=settings.HELD_BYTES,
        max_stream_bytes=settings.MAX_STREAM_BYTES,
        keep=settings.KEEP,
    )


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
