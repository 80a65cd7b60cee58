"""Who may read a stream: its owner, and whom `AUTHORIZE` admits.

An owner is a string. A user's is `user:<pk>`; a session's is an HMAC of a secret that lies in the
session: it stays there at login, so the stream is the user's then too, and ends at logout.
"""

import inspect
import secrets
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from . import conf
from .snapshot import Snapshot

_SECRET = "_sse_pipeline"  # noqa: S105


def owner_of(source: Any) -> str | None:
    """Return the owner that a user, a request, a scope or a string stands for.

    A request or scope stands for its user, or else for its session, which is given a secret to be
    known by; None for one that has neither. May query the database.
    """
    if source is None or isinstance(source, str):
        return source
    if hasattr(source, "is_authenticated"):
        return _of_user(source)
    session = _part(source, "session")
    if owner := _of_user(_part(source, "user")):
        return owner
    if session is None:
        return None
    if _SECRET not in session:
        session[_SECRET] = secrets.token_urlsafe()
    return _of_session(session)


def opener_of(request: HttpRequest) -> str | None:
    """Return the owner of what a request opens where no middleware ran. Queries the database."""
    _complete(request)
    if request.session.session_key is None:
        return owner_of(request.user)
    owner = owner_of(request)
    if request.session.modified:
        request.session.save()
    return owner


def identities(request: HttpRequest) -> frozenset[str]:
    """Return all that the sender of a request may be known as. May query the database."""
    _complete(request)
    known = (_of_user(request.user), _of_session(request.session))
    return frozenset(identity for identity in known if identity)


def admits(request: HttpRequest, stream: Snapshot) -> bool:
    """Tell whether the sender of a request may read a stream."""
    if stream.owner is None or stream.owner in identities(request):
        return True
    authorize = _authorize()
    if authorize is None:
        return False
    if inspect.iscoroutinefunction(authorize):
        raise ImproperlyConfigured(
            "SSE_PIPELINE['AUTHORIZE'] is asynchronous, and this is a synchronous request"
        )
    return bool(authorize(_scope(request), stream))


async def aadmits(request: HttpRequest, stream: Snapshot) -> bool:
    """Tell the same without blocking the event loop."""
    if stream.owner is None:
        return True
    if stream.owner in await database_sync_to_async(identities)(request):
        return True
    authorize = _authorize()
    if authorize is None:
        return False
    if inspect.iscoroutinefunction(authorize):
        return bool(await authorize(_scope(request), stream))
    return bool(await sync_to_async(authorize)(_scope(request), stream))


def _authorize() -> Any:
    path = conf.get().AUTHORIZE
    if path is None:
        return None
    try:
        return import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"SSE_PIPELINE['AUTHORIZE'] = {path!r}: {error}") from error


def _scope(request: HttpRequest) -> dict[str, Any]:
    scope = dict(getattr(request, "scope", {"type": "http", "path": request.path}))
    scope.setdefault("user", getattr(request, "user", None))
    scope.setdefault("session", getattr(request, "session", None))
    return scope


def _complete(request: HttpRequest) -> None:
    """Add the session and the user, unless a middleware did."""
    if not hasattr(request, "session"):
        engine = import_module(django_settings.SESSION_ENGINE)
        request.session = engine.SessionStore(
            request.COOKIES.get(django_settings.SESSION_COOKIE_NAME)
        )
        request.session.is_empty()  # forgets a key that is not, or no longer, a session's
    if not hasattr(request, "user"):
        request.user = get_user(request)


def _part(source: Any, name: str) -> Any:
    if isinstance(source, Mapping):
        return source.get(name)
    return getattr(source, name, None)


def _of_user(user: Any) -> str | None:
    if user is None or not user.is_authenticated:
        return None
    return f"user:{user.pk}"


def _of_session(session: SessionBase | None) -> str | None:
    secret = session.get(_SECRET) if session is not None else None
    if not secret:
        return None
    return "session:" + salted_hmac("sse_pipeline.owner", secret).hexdigest()
