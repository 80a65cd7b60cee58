"""The delivery of a stream to one client: it always ends, and never outlives the client."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

from . import conf, shutdown, transport
from .reader import Chunks
from .transport import WriteDeadline

logger = logging.getLogger(__name__)

#: Seconds that a client has for the last frames, when the server ends its consumers.
GOODBYE = 1.0


class Disconnected(Exception):
    """The client is gone: the server takes no more for it."""


class Delivery:
    """Sends what a reader yields, and ends the body on every path but a client's own leaving.

    `receive` and `send` raise `Disconnected`, and nothing else, once the client is gone.
    """

    def __init__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._gone = False
        self._deadline = WriteDeadline(conf.get().WRITE_TIMEOUT)

    async def run(self, reader: Chunks) -> None:
        """Follow the reader to its end; raises nothing but `CancelledError`."""
        watching = asyncio.create_task(self._watch(reader))
        shutdown.attend(reader)
        try:
            async with self._deadline:
                await self._deliver(reader)
        except Disconnected:
            logger.debug("%s: the client is gone", self._scope["path"])
        except TimeoutError:
            await self._let_go()
        except asyncio.CancelledError:
            await self._say_goodbye(reader)
            raise
        finally:
            shutdown.leave(reader)
            watching.cancel()

    async def _deliver(self, reader: Chunks) -> None:
        try:
            async with aclosing(aiter(reader)) as chunks:
                async for chunk in chunks:
                    await self._write(chunk)
        except Disconnected:
            raise
        except Exception:
            logger.exception("%s broke off", self._scope["path"])
        if not self._gone:
            await self._write(b"", more_body=False)

    async def _write(self, body: bytes, more_body: bool = True) -> None:
        self._deadline.begin()
        await self._send({"type": "http.response.body", "body": body, "more_body": more_body})
        self._deadline.end()

    async def _watch(self, reader: Chunks) -> None:
        with suppress(Disconnected):
            while True:
                await self._receive()
        self._gone = True
        reader.close()
        self._deadline.cut()

    async def _let_go(self) -> None:
        if self._gone:
            return
        logger.info("%s: let go of a client that is too slow", self._scope["path"])
        transport.abort(self._scope)
        await asyncio.sleep(0)  # the server sees it before this application returns

    async def _say_goodbye(self, reader: Chunks) -> None:
        """End the body of a consumer that is cancelled: with the last frames, in a shutdown."""
        if self._gone:
            return
        try:
            async with asyncio.timeout(GOODBYE):
                if rest := self._rest(reader):
                    await self._write(rest)
                await self._write(b"", more_body=False)
        except TimeoutError:
            await self._let_go()
        except asyncio.CancelledError:  # once more: the server waits no longer
            transport.abort(self._scope)
        except Disconnected:
            logger.debug("%s: the client is gone", self._scope["path"])

    def _rest(self, reader: Chunks) -> bytes:
        if not shutdown.began():
            return b""
        try:
            shutdown.end_streams()
            return reader.rest()
        except Exception:
            logger.exception("%s broke off", self._scope["path"])
            return b""
