"""Daphne: a `send` that waits for its client, and a body that always ends.

Three things go wrong on Daphne (4.2) without this:

- Its own `send` never waits. 200 MB to a client that reads nothing made the process grow by 208 MB.
  So the response registers itself as a push producer of Twisted, which pauses it.
- A body that the application leaves open hangs the client, and makes the shutdown raise `KeyError`.
- An application that raises after the headers breaks the whole process: the checker of its
  applications raises before it schedules itself again, so that dead applications are never reaped.
"""

import asyncio
import sys
from contextlib import suppress
from functools import partial
from typing import Any

from ...escaping import make_logger
from ..asgi import ASGIApplication, Message, Scope, Send

logger = make_logger(__name__)

END: Message = {"type": "http.response.body", "body": b"", "more_body": False}


def daphne_request(thing: Any) -> Any:
    """Return the request in the `send` of Daphne, `partial(server.handle_reply, request)`."""
    found = thing.args[0] if isinstance(thing, partial) and thing.args else None
    return found if hasattr(found, "registerProducer") else None


def on_daphne() -> bool:
    """Return whether Daphne runs the event loop of this thread."""
    server = sys.modules.get("daphne.server")
    return getattr(server, "twisted_loop", None) is asyncio.get_running_loop()


class DaphneResponse:
    """A `send` around Daphne's, and the push producer of a `twisted.web.http.Request`.

    Without a request no write waits for the client. After Daphne has cancelled the application, the
    body has `goodbye` seconds to end.
    """

    def __init__(self, request: Any, send: Send, *, goodbye: float = 1.0) -> None:
        self._request = request
        self._send = send
        self._goodbye = goodbye
        self._open = False
        self._room = asyncio.Event()
        self._room.set()
        self._ended = asyncio.Event()

    async def serve(self, application: ASGIApplication, scope: Scope, receive: Any) -> None:
        """Let an application reply. Raise nothing once the body is open, or after a cancellation.

        Daphne waits for the applications that it cancels only until the first one has ended with
        `CancelledError`, so a cancellation ends here.
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
                with suppress(TimeoutError):  # middleware between may take nothing any more
                    async with asyncio.timeout(self._goodbye):
                        await self(END)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begin()
        elif not message.get("more_body"):
            self._end()
        await self._send(message)
        if not self._room.is_set():
            await self._room.wait()

    def abort(self) -> None:
        """Drop the connection, and the bytes that the client has not taken."""
        if self._connected:
            self._request.channel.transport.abortConnection()

    def pauseProducing(self) -> None:  # noqa: N802 - the names are Twisted's
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
        if self._connected and self._request.producer is None:
            self._request.registerProducer(self, True)

    def _end(self) -> None:
        self._open = False
        self._ended.set()
        self._room.set()
        if self._connected and self._request.producer is self:
            self._request.unregisterProducer()

    @property
    def _connected(self) -> bool:
        return self._request is not None and self._request.channel is not None

    async def _wait_for_end(self) -> None:
        """Wait for the task in which Django 5 sends a response: it is not cancelled with Django."""
        if self._open and (self._request is None or self._connected):
            with suppress(TimeoutError):
                async with asyncio.timeout(self._goodbye):
                    await self._ended.wait()
