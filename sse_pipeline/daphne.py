"""A reply of Daphne's: it waits for its client, and its body ends whatever becomes of the rest.

Daphne's own `send` never waits. A body that an application leaves open hangs its client, and one
that it breaks off by raising keeps Daphne from ever looking after its applications again.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

logger = logging.getLogger(__name__)

#: Seconds that the rest of an application has to end the body, once Daphne has cancelled it.
GOODBYE = 1.0
END = {"type": "http.response.body", "body": b"", "more_body": False}


class Reply:
    """A `send` around Daphne's, and the push producer of a `twisted.web.http.Request`."""

    def __init__(self, request: Any, send: Any) -> None:
        self._request = request
        self._send = send
        self._open = False
        self._room = asyncio.Event()
        self._room.set()
        self._ended = asyncio.Event()

    async def by(self, application: Any, scope: dict[str, Any], receive: Any) -> None:
        """Have an application reply; raises nothing once the body is open, or when cancelled.

        Daphne waits for all that it cancels, but only until the first of them says so.
        """
        try:
            await application(scope, receive, self)
        except asyncio.CancelledError:
            await self._wait_for_end()
        except Exception:
            if not self._open:
                raise
            logger.exception("%s broke off", scope["path"])
        finally:
            if self._open:
                await self(END)

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._begin()
        elif not message.get("more_body"):
            self._end()
        await self._send(message)
        if not self._room.is_set():
            await self._room.wait()

    def abort(self) -> None:
        """Drop the connection, and what the client has not taken."""
        if self._request.channel is not None:
            self._request.channel.transport.abortConnection()

    def pauseProducing(self) -> None:  # noqa: N802
        """Wait: the client is slower than what was written."""
        self._room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """Go on."""
        self._room.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Go on: nothing is written any more."""
        self._room.set()

    def _begin(self) -> None:
        self._open = True
        if self._request.channel is not None and self._request.producer is None:
            self._request.registerProducer(self, True)

    def _end(self) -> None:
        self._open = False
        self._ended.set()
        self._room.set()
        if self._request.channel is not None and self._request.producer is self:
            self._request.unregisterProducer()

    async def _wait_for_end(self) -> None:
        """Let the task go on in which Django sends a response: it is not cancelled with Django."""
        if self._open and self._request.channel is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await self._ended.wait()
