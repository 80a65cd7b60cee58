"""The delivery of a stream to one client: it always ends, and never outlives the client."""

import asyncio
from contextlib import aclosing, suppress

from .. import conf, signals
from ..escaping import make_logger
from ..streams.reader import ChunkSource
from .abort import abort, byte_budget
from .asgi import Receive, Scope, Send
from .shutdown import ProcessEnd, process_end
from .write_deadline import WriteDeadline

logger = make_logger(__name__)


class Disconnected(Exception):
    """The client is gone: the server takes no more for it."""


class Delivery:
    """Sends what a reader yields, and ends the body on every path, unless the client has left.

    `receive` and `send` raise `Disconnected`, and nothing else, when the client is gone. When the
    server cancels its applications, the last frames have `goodbye` seconds.
    """

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        end: ProcessEnd = process_end,
        goodbye: float = 1.0,
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._end = end
        self._goodbye = goodbye
        self._gone = False
        self._deadline = WriteDeadline(conf.get().WRITE_TIMEOUT)

    async def run(self, reader: ChunkSource) -> None:
        """Follow the reader to its end. Raise nothing, except `CancelledError`."""
        # Beside the reader: a consumer that only sends never learns that the client has left
        # (channels #1249, #1334).
        watching = asyncio.create_task(self._watch(reader))
        self._end.add(reader)
        try:
            async with self._deadline:
                await self._deliver(reader)
        except Disconnected:
            logger.debug("%s: the client is gone", self._scope["path"])
        except TimeoutError:
            await self._drop()
        except asyncio.CancelledError:
            await self._say_goodbye(reader)
            raise
        finally:
            self._end.remove(reader)
            watching.cancel()

    async def _deliver(self, reader: ChunkSource) -> None:
        budget = byte_budget(self._scope)
        try:
            async with aclosing(aiter(reader)) as chunks:
                async for chunk in chunks:
                    await self._write(chunk)
                    budget -= len(chunk)
                    if budget <= 0:
                        reader.close()
        except Disconnected:
            raise
        except Exception:
            logger.exception("%s broke off", self._scope["path"])
        if not self._gone:
            await self._write(b"", more_body=False)

    async def _write(self, body: bytes, more_body: bool = True) -> None:
        self._deadline.begin()
        await self._send_body(body, more_body)
        self._deadline.end()

    async def _send_body(self, body: bytes, more_body: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more_body})

    async def _watch(self, reader: ChunkSource) -> None:
        with suppress(Disconnected):
            while True:
                await self._receive()
        self._gone = True
        reader.close()
        self._deadline.cut()

    async def _drop(self) -> None:
        if self._gone:
            return
        logger.info("%s: dropped a client that is too slow", self._scope["path"])
        signals.notify_limit("WRITE_TIMEOUT")
        abort(self._scope)
        await asyncio.sleep(0)  # the server sees the abort before this application returns

    async def _say_goodbye(self, reader: ChunkSource) -> None:
        """End the body of a cancelled delivery; in a shutdown send the last frames before."""
        if self._gone:
            return
        try:
            async with asyncio.timeout(self._goodbye):
                # Without the write deadline: its context has ended, and here is another limit.
                for chunk in self._end.last_chunks(reader):
                    await self._send_body(chunk, more_body=True)
                await self._send_body(b"", more_body=False)
        except TimeoutError:
            await self._drop()
        except asyncio.CancelledError:  # a second cancel: the server waits no longer
            abort(self._scope)
        except Disconnected:
            logger.debug("%s: the client is gone", self._scope["path"])
