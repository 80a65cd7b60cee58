"""The authorization of readers: the owner of a stream, and the senders that `AUTHORIZE` admits."""

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Any, NoReturn

from asgiref.sync import async_to_sync, iscoroutinefunction
from channels.db import database_sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .. import conf
from ..lifecycle.snapshot import Snapshot
from .owners import aidentities, identities


def admits(request: HttpRequest, stream: Snapshot) -> bool:
    """Return whether the sender of a request may read a stream. May query the database.

    Raises:
        ImproperlyConfigured: `AUTHORIZE` is asynchronous, or names nothing that can be called.
    """
    return _admits(request, stream, _refuse)


def still_admits(request: HttpRequest, stream: Snapshot) -> bool:
    """Return the same; an asynchronous `AUTHORIZE` is run, too.

    It runs in the event loop that waits for this thread, or else in one of its own.
    """
    return _admits(request, stream, _wait)


def _admits(request: HttpRequest, stream: Snapshot, wait: Callable[[Any], Any]) -> bool:
    if stream.owner is None or stream.owner in identities(request):
        return True
    authorize = authorizer()
    if authorize is None:
        return False
    admitted = authorize(_scope(request), stream)
    return bool(wait(admitted) if isawaitable(admitted) else admitted)


def _refuse(admitted: Any) -> NoReturn:
    if iscoroutine(admitted):
        admitted.close()
    raise ImproperlyConfigured(
        "SSE_PIPELINE['AUTHORIZE'] is asynchronous, and this is a synchronous request"
    )


@async_to_sync
async def _wait(admitted: Any) -> Any:
    return await admitted


async def aadmits(request: HttpRequest, stream: Snapshot) -> bool:
    """Return the same without blocking the event loop; a stranger costs no thread."""
    if stream.owner is None or stream.owner in await aidentities(request):
        return True
    authorize = authorizer()
    if authorize is None:
        return False
    if not _is_asynchronous(authorize):
        authorize = database_sync_to_async(authorize)
    admitted = await authorize(_scope(request), stream)
    return bool(await admitted if isawaitable(admitted) else admitted)


def authorizer() -> Callable[[dict[str, Any], Snapshot], Any] | None:
    """Return the callable that `AUTHORIZE` names; None if the setting is not used.

    Raises:
        ImproperlyConfigured: The path can't be imported, or names nothing that can be called.
    """
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


def _scope(request: HttpRequest) -> dict[str, Any]:
    scope = dict(getattr(request, "scope", {"type": "http", "path": request.path}))
    scope.setdefault("user", getattr(request, "user", None))
    scope.setdefault("session", getattr(request, "session", None))
    return scope
