"""Daphne's transport: it never makes a sender wait, so the sender has to ask.

Two attributes of Twisted's are private, `_waitingForTransport` and `channel`; a test tells when
they change. Other servers make `send` wait by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

ASGIApplication = Callable[[Any, Any, Any], Awaitable[Any]]

#: Seconds between two looks at a transport that takes no more.
POLL = 0.05
_EXTENSION = "sse_pipeline.transport"


class Transport:
    """The connection of one request, as far as the server shows it."""

    def __init__(self, protocol: Any = None) -> None:
        self._protocol = protocol

    @property
    def full(self) -> bool:
        """Whether the client is slower than what was written."""
        channel = getattr(self._protocol, "channel", None)
        return bool(getattr(channel, "_waitingForTransport", False))

    async def drain(self) -> None:
        """Wait until the client has taken what was written."""
        while self.full:
            await asyncio.sleep(POLL)

    def abort(self) -> None:
        """Drop the connection, and what was not taken of it."""
        channel = getattr(self._protocol, "channel", None)
        if channel is not None:
            channel.forceAbortClient()


def of(scope: dict[str, Any]) -> Transport:
    """Return the transport of a request that came through `WithTransport`."""
    return scope.get("extensions", {}).get(_EXTENSION) or Transport()


class WithTransport:
    """Outermost application: shows the consumers the transport behind Daphne's `send`."""

    def __init__(self, application: ASGIApplication) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        arguments = getattr(send, "args", ())  # Daphne's is partial(server.handle_reply, protocol)
        if scope["type"] == "http" and arguments and hasattr(arguments[0], "channel"):
            extensions = {**scope.get("extensions", {}), _EXTENSION: Transport(arguments[0])}
            scope = {**scope, "extensions": extensions}
        return await self._application(scope, receive, send)
