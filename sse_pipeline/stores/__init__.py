"""The stores: where streams are kept, and where producers and readers meet.

`base` states the contract and each back-end is a file or a folder of its own: `memory`, `redis`,
`database`. `remote` is what the last two have in common.
`log` and `bell` are shared: the log of one stream in this process, and how it wakes those who wait.
`current()` returns the store that `SSE_PIPELINE["STORE"]` names; there is one in each process.

From outside use `current`, `reset`, `Store` and `TAIL`.
"""

import os
import re
import threading
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .. import conf
from .address import alias_of, without_credentials
from .base import TAIL, Store

__all__ = ["TAIL", "Store", "current", "reset"]

_current: list[Store] = []  # one store, or none yet
#: Guards the making of `_current`. Two threads that ask first must not make two stores.
_making = threading.Lock()

_NAMES = {"memory": "sse_pipeline.stores.memory.MemoryStore"}
_URL = re.compile(r"(rediss?|unix)://")


def current() -> Store:
    """Return the store of this process, made by the first call.

    Raises:
        ImproperlyConfigured: The setting names nothing that is a store; the message says why.
    """
    with suppress(IndexError):
        return _current[0]
    with _making:
        if not _current:
            _current.append(_make())
        return _current[0]


def _make() -> Store:
    settings = conf.get()
    if _URL.match(settings.STORE):
        return _make_redis(settings.STORE)
    if (alias := alias_of(settings.STORE)) is not None:
        return _make_database(alias)
    path = _NAMES.get(settings.STORE, settings.STORE)
    try:
        factory = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] = {without_credentials(path)!r} is not a store: give 'memory',"
            " 'database', the URL of a Redis server or the dotted path of a store"
            f" ({without_credentials(str(error))})"
        ) from None
    if not (isinstance(factory, type) and issubclass(factory, Store)):
        raise ImproperlyConfigured(f"SSE_PIPELINE['STORE'] = {path!r} is not a store")
    return factory(**_arguments(factory))


def _arguments(factory: type[Store]) -> dict[str, Any]:
    settings = conf.get()
    return {name: getattr(settings, key) for name, key in factory.arguments.items()}


def _make_redis(url: str) -> Store:
    try:
        from .redis import RedisStore
    except ImportError as error:
        raise ImproperlyConfigured(
            "SSE_PIPELINE['STORE'] is the URL of a Redis server, which needs redis-py 6.1 or newer:"
            f" pip install 'django-sse-pipeline[redis]' ({error})"
        ) from error
    try:
        return RedisStore(url=url, **_arguments(RedisStore))
    except ValueError:  # its text may show a piece of the password
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] = {without_credentials(url)!r} is not a URL of a Redis server"
            " that redis-py takes; percent-encode special characters of a password"
        ) from None


def _make_database(alias: str) -> Store:
    if not apps.is_installed("sse_pipeline.stores.database"):
        raise ImproperlyConfigured(
            "SSE_PIPELINE['STORE'] = 'database': INSTALLED_APPS has no"
            " 'sse_pipeline.stores.database'; add it and run manage.py migrate"
        )
    from .database.database_store import DatabaseStore
    from .database.engine_choice import engine_of

    return DatabaseStore(engine=engine_of(alias), **_arguments(DatabaseStore))


def reset() -> None:
    """Close the store of this process. The next call of `current` makes a new one."""
    while _current:
        _current.pop().close()


def _start_clean() -> None:
    global _making  # noqa: PLW0603 - a thread of the parent may hold the old lock for ever
    _making = threading.Lock()
    reset()


os.register_at_fork(after_in_child=_start_clean)


@receiver(setting_changed)
def _follow_setting(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        reset()
