"""Who may read a stream: its owner, and whom `AUTHORIZE` admits.

An owner is a string. A user's is `user:<pk>`; a session's is an HMAC of a secret that lies in the
session: it stays there at login, so the stream is the user's then too, and ends at logout.
"""

import secrets
from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import isawaitable, iscoroutine
from typing import Any

from asgiref.sync import iscoroutinefunction
from channels.db import database_sync_to_async
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from . import conf
from .snapshot import Snapshot

_SECRET = "_sse_pipeline"  # noqa: S105


def owner_of(source: Any) -> str | None:
    """Return the owner that a user, a request, a scope or a string stands for.

    A request or scope stands for its user, or else for its session, which is given a secret to be
    known by; None for one that has neither. May query the database. Raises `TypeError` for what is
    none of these.
    """
    if source is None or isinstance(source, str):
        return source
    if hasattr(source, "is_authenticated"):
        return _of_user(source)
    if not _has_parts(source):
        raise TypeError(f"owner: {source!r} is no user, request, scope or string")
    session = _part(source, "session")
    try:
        owner = _of_user(_part(source, "user"))
    except SynchronousOnlyOperation:
        raise SynchronousOnlyOperation(
            "owner: the user of this request is not loaded; give await request.auser()"
        ) from None
    if owner:
        return owner
    if session is None:
        return None
    if _SECRET not in session:
        session[_SECRET] = _secret_of(session)
    return _of_session(session)


def opener_of(request: HttpRequest) -> str | None:
    """Return the owner of what a request opens where no middleware ran. May query the database.

    None for a session that can't be given a secret: it ended meanwhile, or is kept in a cookie.
    """
    _complete(request)
    if request.session.session_key is None:
        return owner_of(request.user)
    owner = owner_of(request)
    if request.session.modified and not _is_kept(request.session):
        return None
    return owner


async def aopener_of(request: HttpRequest) -> str | None:
    """Return the same without blocking the event loop; no thread is asked about a stranger."""
    if is_stranger(request):
        return opener_of(request)
    owner: str | None = await database_sync_to_async(opener_of)(request)
    return owner


def user_of(request: HttpRequest) -> Any:
    """Return the user who sent a request, who may be anonymous. May query the database."""
    _complete(request)
    return request.user


def identities(request: HttpRequest) -> frozenset[str]:
    """Return all that the sender of a request may be known as. May query the database."""
    _complete(request)
    known = (_of_user(request.user), _of_session(request.session))
    return frozenset(identity for identity in known if identity)


def admits(request: HttpRequest, stream: Snapshot) -> bool:
    """Tell whether the sender of a request may read a stream."""
    if stream.owner is None or stream.owner in identities(request):
        return True
    authorize = authorizer()
    if authorize is None:
        return False
    admitted = authorize(_scope(request), stream)
    if not isawaitable(admitted):
        return bool(admitted)
    if iscoroutine(admitted):
        admitted.close()
    raise ImproperlyConfigured(
        "SSE_PIPELINE['AUTHORIZE'] is asynchronous, and this is a synchronous request"
    )


async def aadmits(request: HttpRequest, stream: Snapshot) -> bool:
    """Tell the same without blocking the event loop; no thread is asked about a stranger."""
    if stream.owner is None or stream.owner in await _aidentities(request):
        return True
    authorize = authorizer()
    if authorize is None:
        return False
    if not _is_asynchronous(authorize):
        authorize = database_sync_to_async(authorize)
    admitted = await authorize(_scope(request), stream)
    return bool(await admitted if isawaitable(admitted) else admitted)


def authorizer() -> Callable[[dict[str, Any], Snapshot], Any] | None:
    """Return what `AUTHORIZE` names; raises `ImproperlyConfigured` for what can't be called."""
    path = conf.get().AUTHORIZE
    if path is None:
        return None
    try:
        authorize = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"SSE_PIPELINE['AUTHORIZE'] = {path!r}: {error}") from error
    if not callable(authorize):
        raise ImproperlyConfigured(f"SSE_PIPELINE['AUTHORIZE'] = {path!r} can't be called")
    return authorize  # type: ignore[no-any-return]


def _is_asynchronous(function: Any) -> bool:
    return iscoroutinefunction(function) or iscoroutinefunction(type(function).__call__)


async def _aidentities(request: HttpRequest) -> frozenset[str]:
    if is_stranger(request):
        return identities(request)
    known: frozenset[str] = await database_sync_to_async(identities)(request)
    return known


def _scope(request: HttpRequest) -> dict[str, Any]:
    scope = dict(getattr(request, "scope", {"type": "http", "path": request.path}))
    scope.setdefault("user", getattr(request, "user", None))
    scope.setdefault("session", getattr(request, "session", None))
    return scope


def _complete(request: HttpRequest) -> None:
    """Add the session and the user, unless a middleware of Django's or of the scope did."""
    scope = getattr(request, "scope", {})
    if not hasattr(request, "session"):
        request.session = scope.get("session") or _session(request)
    if not hasattr(request, "user"):
        request.user = scope.get("user") or _user(request)


def _session(request: HttpRequest) -> SessionBase:
    store = import_module(django_settings.SESSION_ENGINE).SessionStore
    return store(request.COOKIES.get(django_settings.SESSION_COOKIE_NAME))  # type: ignore[no-any-return]


def _user(request: HttpRequest) -> Any:
    return get_user(request) if apps.is_installed("django.contrib.auth") else None


def is_stranger(request: HttpRequest) -> bool:
    """Tell of a request that nothing in it could name a session or a user."""
    scope = getattr(request, "scope", {})
    return not (
        django_settings.SESSION_COOKIE_NAME in request.COOKIES
        or any(hasattr(request, part) or part in scope for part in ("session", "user"))
    )


def _secret_of(session: SessionBase) -> str:
    """Make a secret: the same for requests that race to be a session's first."""
    key = session.session_key
    return salted_hmac("sse_pipeline.secret", key).hexdigest() if key else secrets.token_urlsafe()


def _is_kept(session: SessionBase) -> bool:
    """Save a session; tell whether the client's cookie still names it."""
    key = session.session_key
    try:
        session.save()
    except UpdateError:
        return False
    return session.session_key == key


def _has_parts(source: Any) -> bool:
    named = hasattr(source, "user") or hasattr(source, "session")
    return named or isinstance(source, Mapping | HttpRequest)


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
