"""The connection behind a server's `send`: how long it may take a write, and how it is dropped.

Where it is found, on Daphne, uvicorn and hypercorn, is no interface of theirs: it is looked for in
`WithTransport` alone, and a test tells when it moves. Granian does not show it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from . import shutdown
from .daphne import Reply

ASGIApplication = Callable[[Any, Any, Any], Awaitable[Any]]

#: Seconds in which Daphne, when it ends, sends what was written last.
FLUSH = 0.05

_EXTENSION = "sse_pipeline.abort"


class WithTransport:
    """Outermost application: those within can drop a client; on Daphne they wait for it too."""

    def __init__(self, application: ASGIApplication) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            shutdown.install()
        request = next(iter(getattr(send, "args", ())), None)
        if scope["type"] == "http" and hasattr(request, "registerProducer"):
            reply = Reply(request, send)  # Daphne's send is partial(server.handle_reply, request)
            await reply.by(self._application, _with_abort(scope, reply.abort), receive)
            if shutdown.began():
                await _flush()
            return
        await self._application(_with_abort(scope, _abort_of(send)), receive, send)


def abort(scope: dict[str, Any]) -> None:
    """Drop a connection and what its client has not taken, where the server shows it."""
    if drop := scope.get("extensions", {}).get(_EXTENSION):
        drop()


class WriteDeadline:
    """A context that ends with `TimeoutError` when one write in it takes longer than `seconds`.

    `begin` and `end` enclose each write. One timer serves them all, and none runs between them for
    longer than that: a write costs no timer of its own.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None
        self._begun: float | None = None

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._begun = None
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def begin(self) -> None:
        """Count from now."""
        self._begun = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(self._begun + self._seconds, self._check)

    def end(self) -> None:
        """Count no more."""
        self._begun = None

    def cut(self) -> None:
        """End the write that is under way, if any, at once."""
        if self._begun is not None:
            self._timeout.reschedule(self._loop.time())

    def _check(self) -> None:
        self._timer = None
        if self._begun is None:
            return
        due = self._begun + self._seconds
        if due > self._loop.time():
            self._timer = self._loop.call_at(due, self._check)
        else:
            self.cut()


async def _flush() -> None:
    """Let Daphne send what it holds, which it forgets once it has no application to wait for."""
    flushed = asyncio.ensure_future(asyncio.sleep(FLUSH))
    with suppress(asyncio.CancelledError):
        await asyncio.shield(flushed)
    await flushed


def _abort_of(send: Any) -> Callable[[], object] | None:
    """Follow `send`, a method of what calls another `send`, to what has an asyncio transport.

    That is the first on uvicorn, and the third on hypercorn.
    """
    for _ in range(3):
        owner = getattr(send, "__self__", None)
        holder = getattr(owner, "writer", owner)
        if found := getattr(getattr(holder, "transport", None), "abort", None):
            return found  # type: ignore[no-any-return]
        send = getattr(owner, "send", None)
    return None


def _with_abort(scope: dict[str, Any], drop: Callable[[], object] | None) -> dict[str, Any]:
    if scope["type"] != "http" or drop is None or scope.get("http_version") == "2":
        return scope  # a connection of HTTP/2 carries others, too
    return {**scope, "extensions": {**scope.get("extensions", {}), _EXTENSION: drop}}
