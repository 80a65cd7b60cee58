"""The sessions of the site, if it keeps any: a site need not install `django.contrib.sessions`."""

import functools
from importlib import import_module

from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest


def complete(request: HttpRequest) -> None:
    """Add the session to a request, unless a middleware of Django or of the scope did.

    It is None if the site keeps no sessions.
    """
    if not hasattr(request, "session"):
        scope = getattr(request, "scope", {})
        request.session = scope.get("session") or _load(request)  # type: ignore[assignment]


def reload(session: SessionBase | None) -> SessionBase | None:
    """Return a session as its engine has it now; the same if it has no key to find it by.

    A session that has ended is empty then.
    """
    key = getattr(session, "session_key", None)
    # By `__class__`: a middleware of the scope may have wrapped it.
    return session if session is None or not key else session.__class__(key)


def is_named(request: HttpRequest) -> bool:
    """Return whether the cookie of a request could name a session of the site."""
    named = django_settings.SESSION_COOKIE_NAME in request.COOKIES
    return named and session_class() is not None


@functools.cache
def session_class() -> type[SessionBase] | None:
    """Return the class of the site's sessions; None if the site keeps none.

    It keeps none if the engine can't be imported, or if its table belongs to an application that is
    not installed. The latter holds for each site that installs no sessions and leaves
    `SESSION_ENGINE` as it is.
    """
    try:
        sessions = import_engine()
    except ImproperlyConfigured:  # E002 says so
        return None
    return sessions if _has_table(sessions) else None


def import_engine() -> type[SessionBase]:
    """Return the class that `SESSION_ENGINE` names.

    Raises:
        ImproperlyConfigured: The setting names no engine; the message says why.
    """
    engine = django_settings.SESSION_ENGINE
    try:
        return import_module(engine).SessionStore  # type: ignore[no-any-return]
    except Exception as error:  # a module may raise anything
        raise ImproperlyConfigured(f"SESSION_ENGINE = {engine!r}: {error}") from error


def _load(request: HttpRequest) -> SessionBase | None:
    sessions = session_class()
    if sessions is None:
        return None
    key = request.COOKIES.get(django_settings.SESSION_COOKIE_NAME)
    if key is not None and "\0" in key:  # no session has such a key; PostgreSQL refuses to look
        key = None
    return sessions(key)


def _has_table(sessions: type[SessionBase]) -> bool:
    """Return whether the table of sessions is installed, if they are kept in a table."""
    if not hasattr(sessions, "get_model_class"):
        return True
    try:
        model = sessions.get_model_class()
    except RuntimeError:  # Django makes no model of an application that is not installed
        return False
    return model._meta.app_config is not None  # noqa: SLF001 - documented by Django


@receiver(setting_changed)
def _forget(*, setting: str, **_: object) -> None:
    if setting in {"INSTALLED_APPS", "SESSION_ENGINE"}:
        session_class.cache_clear()
