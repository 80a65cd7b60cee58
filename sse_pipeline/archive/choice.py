"""Which back-end the setting `ARCHIVE` names."""

from __future__ import annotations

import functools

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from .. import conf
from ..exceptions import StoreUnavailable
from .backend import ArchiveBackend
from .compression import zstandard

_DATABASE = "sse_pipeline.archive.database_backend.DatabaseArchive"


def current() -> ArchiveBackend | None:
    """Return the back-end; None if the setting is not used.

    Raises:
        ImproperlyConfigured: The setting names nothing that is a back-end; the message says why.
        StoreUnavailable: The back-end can't be made now.
    """
    path = conf.get().ARCHIVE
    return None if path is None else _make(path)


def reset() -> None:
    """Forget the back-end. The next call of `current` makes a new one."""
    _make.cache_clear()


@functools.cache
def _make(path: str) -> ArchiveBackend:
    if path == "database" and not apps.is_installed("sse_pipeline.archive"):
        raise ImproperlyConfigured(
            "SSE_PIPELINE['ARCHIVE'] = 'database': INSTALLED_APPS has no 'sse_pipeline.archive';"
            " add it and run manage.py migrate"
        )
    try:
        zstandard()
    except ImportError as error:
        raise ImproperlyConfigured(
            "SSE_PIPELINE['ARCHIVE'] needs Zstandard before Python 3.14:"
            f" pip install 'django-sse-pipeline[archive]' ({error})"
        ) from error
    try:
        made = import_string(_DATABASE if path == "database" else path)()
    except ImportError as error:
        raise ImproperlyConfigured(f"SSE_PIPELINE['ARCHIVE'] = {path!r}: {error}") from error
    except ImproperlyConfigured:
        raise
    except Exception as error:  # such as a service that is away: the next call tries again
        raise StoreUnavailable(f"the archive {path!r} can't be made: {error!r}") from error
    if not isinstance(made, ArchiveBackend):
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['ARCHIVE'] = {path!r} is no ArchiveBackend: give 'database' or the"
            " dotted path of one"
        )
    return made


@receiver(setting_changed)
def _follow_setting(*, setting: str, **_: object) -> None:
    if setting in ("SSE_PIPELINE", "STORAGES", "INSTALLED_APPS"):
        reset()
