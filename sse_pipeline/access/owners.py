"""The owner of a stream: a string that stands for a user or a session.

The owner of a user is `user:<pk>`. The owner of a session is an HMAC of a secret that lies in the
session. The key of the session would not do: Django changes it at login, and a thief could
use it. The secret stays in the session at login, so that the stream belongs to the user then, too.
It is gone at logout.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from . import sessions, users

#: What the owner of a user begins with.
_USER = "user:"
_SECRET = "_sse_pipeline"  # noqa: S105 - the key of the session, not a secret
#: The algorithm of the owners of sessions, then the one that streams of an older release have.
_ALGORITHMS = ("sha256", "sha1")


def owner_of(source: Any) -> str | None:
    """Return the owner for a user, a request, a scope or a string.

    A request or a scope stands for its user, else for its session, which gets a secret by which it
    is known. None if it has neither. May query the database.

    Raises:
        TypeError: `source` is none of these, or its user has no primary key.
        SynchronousOnlyOperation: The user of the request is not loaded, and this is an event loop.
    """
    if source is None or isinstance(source, str):
        return source
    if hasattr(source, "is_authenticated"):
        return _of_user(source)
    if not _has_parts(source):
        raise TypeError(f"owner: {source!r} is not a user, a request, a scope or a string")
    session = _part(source, "session")
    try:
        owner = _of_user(_part(source, "user"))
    except SynchronousOnlyOperation:
        raise SynchronousOnlyOperation(
            "owner: the user of this request is not loaded; give await aowner_of(request)"
        ) from None
    if owner:
        return owner
    if session is None:
        return None
    if not session.get(_SECRET):
        session[_SECRET] = _make_secret(session)
    return next(_owners_of_session(session))


async def aowner_of(source: Any) -> str | None:
    """Return the same without blocking the event loop, for an asynchronous view.

    `await request.auser()` alone is no owner for a visitor who has not logged in.
    """
    owner: str | None = await database_sync_to_async(owner_of)(source)
    return owner


def opener_of(request: HttpRequest) -> str | None:
    """Return the owner of what a request opens, where no middleware ran. May query the database.

    None for a session that can't keep a secret: it has ended meanwhile, or is kept in a cookie.
    """
    complete(request)
    if getattr(request.session, "session_key", None) is None:
        return owner_of(request.user)
    owner = owner_of(request)
    if request.session.modified and not _save(request.session):
        return None
    return owner


async def aopener_of(request: HttpRequest) -> str | None:
    """Return the same without blocking the event loop; a stranger costs no thread."""
    if is_stranger(request):
        return opener_of(request)
    owner: str | None = await database_sync_to_async(opener_of)(request)
    return owner


def user_of(request: HttpRequest) -> Any:
    """Return the user who sent a request; may be anonymous. May query the database."""
    complete(request)
    return request.user


def identities(request: HttpRequest) -> frozenset[str]:
    """Return every owner that the sender of a request is. May query the database."""
    complete(request)
    known: list[str | None] = [*_owners_of_session(request.session)]
    with suppress(TypeError):  # a middleware of the site's own has set another kind of user
        known.append(_of_user(request.user))
    return frozenset(identity for identity in known if identity)


async def aidentities(request: HttpRequest) -> frozenset[str]:
    """Return the same without blocking the event loop; a stranger costs no thread."""
    if is_stranger(request):
        return identities(request)
    known: frozenset[str] = await database_sync_to_async(identities)(request)
    return known


def name_of(request: HttpRequest) -> str:
    """Return how the journal names a sender: as its user, else as the owner that its session is.

    "" for nobody. May query the database.
    """
    complete(request)
    user = request.user
    if getattr(user, "is_authenticated", False):
        return str(user.get_username() if hasattr(user, "get_username") else user)
    return next(_owners_of_session(request.session), "")


def names_of(owners: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those owners that are users of the site, by owner. One query."""
    keys = {
        each.removeprefix(_USER) for each in owners if each is not None and each.startswith(_USER)
    }
    return {f"{_USER}{key}": name for key, name in users.names(keys).items()}


def is_stranger(request: HttpRequest) -> bool:
    """Return whether nothing in a request could name a session or a user."""
    scope = getattr(request, "scope", {})
    return not (
        sessions.is_named(request)
        or any(hasattr(request, part) or part in scope for part in ("session", "user"))
    )


def complete(request: HttpRequest) -> None:
    """Add session and user to a request, unless a middleware of Django or of the scope did.

    Each is None if the site has no such thing.
    """
    sessions.complete(request)
    if not hasattr(request, "user"):
        scope = getattr(request, "scope", {})
        request.user = scope.get("user") or users.of_session(request)


def _make_secret(session: SessionBase) -> str:
    # Derived from the key where there is one: two requests that are the first of a session at the
    # same time make the same secret, so that neither takes the stream from the other. A process of
    # an older release may serve one of them, so the algorithm stays.
    key = getattr(session, "session_key", None)
    if not key:
        return secrets.token_urlsafe()
    return salted_hmac("sse_pipeline.secret", key, algorithm="sha1").hexdigest()


def _save(session: SessionBase) -> bool:
    """Save a session; return whether the cookie of the client still names it."""
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
    """Return the owner for a user; None for nobody.

    Raises:
        TypeError: `user` is somebody, but has no key. None would give the stream to everybody.
    """
    if user is None:
        return None
    if not hasattr(user, "is_authenticated"):
        raise TypeError(f"owner: {user!r} is not a user of Django; give a string")
    if not user.is_authenticated:
        return None
    if getattr(user, "pk", None) is None:
        raise TypeError(f"owner: the user {user!r} has no primary key; give a string")
    return f"{_USER}{user.pk}"


def _owners_of_session(session: SessionBase | None) -> Iterator[str]:
    """Yield the owners that a session is: the present one, then those of older digests and keys."""
    secret = session.get(_SECRET) if session is not None else None
    if secret:
        for key in (django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS):
            for algorithm in _ALGORITHMS:
                digest = salted_hmac("sse_pipeline.owner", secret, key, algorithm=algorithm)
                yield f"session:{digest.hexdigest()}"
