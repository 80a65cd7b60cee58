"""The abort of a connection: an application inside of the middleware can drop a client."""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..conf import MIB
from ..escaping import make_logger
from .asgi import ASGIApplication, Scope
from .servers import ClientConnection, DaphneResponse, find_connection, on_daphne
from .shutdown import process_end

logger = make_logger(__name__)

_ABORT = "sse_pipeline.abort"
_PACED = "sse_pipeline.paced"
_UNPACED_BYTES = 4 * MIB


class AbortMiddleware:
    """The application around all others. It adds the abort to the extensions of the scope.

    On Daphne it also makes `send` wait for the client. When Daphne ends, its last bytes have
    `flush` seconds to go out. The connection is looked for behind other middleware, too. Where it
    is not found, that is logged once.
    """

    def __init__(self, application: ASGIApplication, *, flush: float = 0.05) -> None:
        self._application = application
        self._flush_seconds = flush
        self._told = False

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        process_end.install()
        connection = find_connection(send, receive)
        if connection is None:
            self._say_once()
            connection = ClientConnection()
        if connection.request is not None or on_daphne():
            await self._serve_on_daphne(connection.request, scope, receive, send)
        else:
            await self._application(_with_abort(scope, connection.abort), receive, send)

    async def _serve_on_daphne(self, request: Any, scope: Scope, receive: Any, send: Any) -> None:
        response = DaphneResponse(request, send)
        if request is not None:
            scope = _extended(_with_abort(scope, response.abort), _PACED, True)
        await response.serve(self._application, scope, receive)
        if process_end.began:
            await self._flush()

    def _say_once(self) -> None:
        if not self._told:
            self._told = True
            logger.warning(
                "no connection was found behind `send`: middleware around"
                " sse_pipeline.routing.application hides it. A client that reads nothing is let go,"
                " but its socket stays open; on Daphne a reply is cut after some megabytes"
            )

    async def _flush(self) -> None:
        """Let Daphne send what it holds: it forgets that once it waits for no application."""
        flushed = asyncio.ensure_future(asyncio.sleep(self._flush_seconds))
        with suppress(asyncio.CancelledError):
            await asyncio.shield(flushed)
        await flushed


def abort(scope: Scope) -> bool:
    """Drop a connection and the bytes that its client has not taken.

    Return False if the server does not show the connection.
    """
    drop = scope.get("extensions", {}).get(_ABORT)
    if drop is not None:
        drop()
    return drop is not None


def byte_budget(scope: Scope) -> float:
    """Return the bytes that one reply may send.

    Daphne's own `send` never waits. A client that has read so much comes back for more, and for one
    that reads nothing no more is kept.
    """
    paced = not on_daphne() or _PACED in scope.get("extensions", {})
    return math.inf if paced else _UNPACED_BYTES


def _with_abort(scope: Scope, drop: Callable[[], object] | None) -> Scope:
    if drop is None or scope.get("http_version") == "2":
        return scope  # a connection of HTTP/2 carries other streams, too
    return _extended(scope, _ABORT, drop)


def _extended(scope: Scope, name: str, value: object) -> Scope:
    return {**scope, "extensions": {**scope.get("extensions", {}), name: value}}
