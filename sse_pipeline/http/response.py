"""The response of a Django view that is a stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from django.http import StreamingHttpResponse

from .. import conf, signals
from ..escaping import make_logger
from ..streams.reader import ChunkSource
from .abort import abort, byte_budget
from .asgi import Scope
from .shutdown import ProcessEnd, process_end
from .source import StreamSource
from .write_deadline import WriteTimer

logger = make_logger(__name__)

# A reader that fails ends the body: a client comes back from an end, and not from an error.


class PulledDelivery:
    """Chunks of a reader for a server that pulls them, through Django.

    It has the bounds of `Delivery`: a client that takes nothing is dropped, and the last frames
    have `goodbye` seconds when the server cancels its applications. While a chunk is handed out, a
    write is under way.
    """

    def __init__(
        self, scope: Scope, *, end: ProcessEnd = process_end, goodbye: float = 1.0
    ) -> None:
        self._scope = scope
        self._end = end
        self._goodbye = goodbye

    async def pull(self, reader: ChunkSource) -> AsyncGenerator[bytes]:
        """Yield the chunks of a reader, then what it has left if the server ends."""
        timer = self._timer(conf.get().WRITE_TIMEOUT)
        budget = byte_budget(self._scope)
        self._end.add(reader)
        try:
            async with aclosing(aiter(reader)) as chunks:
                async for chunk in chunks:
                    timer.begin()
                    yield chunk
                    timer.end()
                    budget -= len(chunk)
                    if budget <= 0:
                        reader.close()
        except asyncio.CancelledError:
            # Django 6.1 sends in the task that the server cancels. It sends these, and comes back.
            timer.stop()
            timer = self._timer(self._goodbye)
            for chunk in self._end.last_chunks(reader):
                timer.begin()
                yield chunk
                timer.end()
            raise
        except Exception:
            logger.exception("a reader broke off")
        finally:
            self._end.remove(reader)
            if timer.writing:  # it was broken off: the client has not taken it
                abort(self._scope)
            timer.stop()

    def _timer(self, seconds: float) -> WriteTimer:
        task = asyncio.current_task()

        def drop() -> None:
            logger.info("%s: dropped a client that is too slow", self._scope.get("path"))
            signals.notify_limit("WRITE_TIMEOUT")
            if not abort(self._scope) and task is not None:
                task.cancel()

        return WriteTimer(seconds, drop)


class EventStreamResponse(StreamingHttpResponse):
    """A stream that is read by the event loop or by a thread, as its server iterates over it.

    The request can't tell: others wrap it, and an asynchronous view may run under WSGI. Middleware
    that replaces the content gets what the scope of the request suggests.
    """

    _iterator: Any  # Django's: the content that was set last

    def __init__(self, source: StreamSource, scope: Scope | None) -> None:
        self._source = source
        self._scope = scope or {}
        super().__init__(self._iterate() if scope is None else self._aiterate())
        self._own = self._iterator

    def __iter__(self) -> Iterator[bytes]:
        return self._iterate() if self._iterator is self._own else super().__iter__()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._aiterate() if self._iterator is self._own else super().__aiter__()

    def _iterate(self) -> Iterator[bytes]:
        process_end.install_in_worker()
        process_end.add(self._source)
        try:
            yield from self._source
        except Exception:
            logger.exception("a reader broke off")
        finally:
            process_end.remove(self._source)

    def _aiterate(self) -> AsyncGenerator[bytes]:
        return PulledDelivery(self._scope).pull(self._source)
