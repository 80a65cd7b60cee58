"""The authorization of senders: the owner of a stream, and whom `AUTHORIZE` admits."""

from collections.abc import Callable
from inspect import isawaitable, iscoroutine
from typing import Any, NoReturn

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from ..lifecycle.snapshot import Snapshot
from . import authorizer
from .actions import Grant, StreamAction
from .owners import aidentities, identities


def admits(request: HttpRequest, stream: Snapshot) -> bool:
    """Return whether the sender of a request may read a stream. May query the database.

    Raises:
        ImproperlyConfigured: `AUTHORIZE` is asynchronous, or names nothing that can be called.
    """
    return _grant(request, stream, _refuse) is not None


def still_admits(request: HttpRequest, stream: Snapshot) -> bool:
    """Return the same; an asynchronous `AUTHORIZE` is run, too.

    It runs in the event loop that waits for this thread, or else in one of its own.
    """
    return _grant(request, stream, _wait) is not None


async def aadmits(request: HttpRequest, stream: Snapshot) -> bool:
    """Return the same without blocking the event loop; a stranger costs no thread."""
    return await agrant(request, stream, StreamAction.READ) is not None


async def agrant(request: HttpRequest, stream: Snapshot, action: StreamAction) -> Grant | None:
    """Return the right by which the sender of a request may do something to a stream.

    None if the sender may not. A stranger costs no thread.
    """
    if stream.owner is None:
        return Grant.ID
    if stream.owner in await aidentities(request):
        return Grant.OWNER
    authorize = authorizer.current()
    if authorize is None:
        return None
    if authorize.is_asynchronous:
        answer = authorize.ask(_scope(request), stream, action)
    else:
        answer = await database_sync_to_async(authorize.ask)(_scope(request), stream, action)
    admitted = authorizer.admits(await answer if isawaitable(answer) else answer)
    return Grant.AUTHORIZE if admitted else None


def _grant(request: HttpRequest, stream: Snapshot, wait: Callable[[Any], Any]) -> Grant | None:
    if stream.owner is None:
        return Grant.ID
    if stream.owner in identities(request):
        return Grant.OWNER
    authorize = authorizer.current()
    if authorize is None:
        return None
    answer = authorize.ask(_scope(request), stream, StreamAction.READ)
    admitted = authorizer.admits(wait(answer) if isawaitable(answer) else answer)
    return Grant.AUTHORIZE if admitted else None


def _refuse(answer: Any) -> NoReturn:
    if iscoroutine(answer):
        answer.close()
    raise ImproperlyConfigured(
        "SSE_PIPELINE['AUTHORIZE'] is asynchronous, and this is a synchronous request"
    )


@async_to_sync
async def _wait(answer: Any) -> Any:
    return await answer


def _scope(request: HttpRequest) -> dict[str, Any]:
    scope = dict(getattr(request, "scope", {"type": "http", "path": request.path}))
    scope.setdefault("user", getattr(request, "user", None))
    scope.setdefault("session", getattr(request, "session", None))
    return scope
