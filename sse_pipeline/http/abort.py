"""The abort of a connection: an application inside of the middleware can drop a client."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .asgi import ASGIApplication, Scope
from .servers import DaphneResponse, hypercorn_abort, uvicorn_abort
from .shutdown import process_end

_EXTENSION = "sse_pipeline.abort"


class AbortMiddleware:
    """The outermost application. It adds the abort to the extensions of the scope.

    On Daphne it also makes `send` wait for the client. When Daphne ends, its last bytes have
    `flush` seconds to go out.
    """

    def __init__(self, application: ASGIApplication, *, flush: float = 0.05) -> None:
        self._application = application
        self._flush_seconds = flush

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        process_end.install()
        if response := DaphneResponse.around(send):
            scope = _with_abort(scope, response.abort)
            await response.serve(self._application, scope, receive)
            if process_end.began:
                await self._flush()
            return
        scope = _with_abort(scope, uvicorn_abort(send) or hypercorn_abort(send))
        await self._application(scope, receive, send)

    async def _flush(self) -> None:
        """Let Daphne send what it holds: it forgets that once it waits for no application."""
        flushed = asyncio.ensure_future(asyncio.sleep(self._flush_seconds))
        with suppress(asyncio.CancelledError):
            await asyncio.shield(flushed)
        await flushed


def abort(scope: Scope) -> None:
    """Drop a connection and the bytes that its client has not taken, if the server shows it."""
    if drop := scope.get("extensions", {}).get(_EXTENSION):
        drop()


def _with_abort(scope: Scope, drop: Callable[[], object] | None) -> Scope:
    if drop is None or scope.get("http_version") == "2":
        return scope  # a connection of HTTP/2 carries other streams, too
    return {**scope, "extensions": {**scope.get("extensions", {}), _EXTENSION: drop}}
