"""The connection behind a server's `send`: made to wait for its client, and dropped.

`send` waits by itself on most servers. Daphne's does not, so it is paced here, by the producer that
Twisted lets any of its requests register. Where the connection is found, on Daphne and uvicorn, is
no interface of theirs: it is looked for in `WithTransport` alone, and a test tells when it moves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

ASGIApplication = Callable[[Any, Any, Any], Awaitable[Any]]

_EXTENSION = "sse_pipeline.abort"


class WithTransport:
    """Outermost application: lets those within wait for a slow client, and drop it."""

    def __init__(self, application: ASGIApplication) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        if scope["type"] == "http":
            send, drop = _connection(send)
            if drop is not None:
                scope = {**scope, "extensions": {**scope.get("extensions", {}), _EXTENSION: drop}}
        return await self._application(scope, receive, send)


def abort(scope: dict[str, Any]) -> None:
    """Drop a connection and what its client has not taken, where the server shows it."""
    if drop := scope.get("extensions", {}).get(_EXTENSION):
        drop()


class Paced:
    """Daphne's `send`, made to wait until the client has taken what was written.

    It is the push producer of a `twisted.web.http.Request` while the body is sent.
    """

    def __init__(self, request: Any, send: Any) -> None:
        self._request = request
        self._send = send
        self._room = asyncio.Event()
        self._room.set()

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._register()
        elif not message.get("more_body"):
            self._unregister()
        await self._send(message)
        if not self._room.is_set():
            await self._room.wait()

    def pauseProducing(self) -> None:  # noqa: N802
        """Wait: the client is slower than what was written."""
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """Go on."""
        self._room.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Go on: nothing is written any more."""
        self._room.set()

    def _register(self) -> None:
        if self._request.channel is not None and self._request.producer is None:
            self._request.registerProducer(self, True)

    def _unregister(self) -> None:
        self._room.set()
        if self._request.channel is not None and self._request.producer is self:
            self._request.unregisterProducer()


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


def _connection(send: Any) -> tuple[Any, Callable[[], object] | None]:
    """Return a `send` that waits, and what drops the connection, if that can be found."""
    request = next(iter(getattr(send, "args", ())), None)
    if hasattr(request, "registerProducer"):  # Daphne's is partial(server.handle_reply, request)
        return Paced(request, send), partial(_abort, request)
    cycle = getattr(send, "__self__", None)  # uvicorn's is a method of what holds the transport
    return send, getattr(getattr(cycle, "transport", None), "abort", None)


def _abort(request: Any) -> None:
    channel = request.channel
    if channel is not None:  # an HTTP/2 stream can be dropped alone
        (channel if hasattr(channel, "abortConnection") else channel.transport).abortConnection()
