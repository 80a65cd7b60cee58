"""The right of a reader, which is asked for again while the stream is read."""

import asyncio
import functools
import os
from collections.abc import Callable

from channels.db import database_sync_to_async
from django.http import HttpRequest

from ..access import authorization
from ..access.renewal import renew
from ..exceptions import StreamNotFound
from ..lifecycle.snapshot import Snapshot
from ..streams.daemon_executor import DaemonExecutor
from ..streams.operations import StreamOperations
from ..streams.plans import run

#: Threads that ask for the readers of an event loop, and so connections to the database. They are
#: not the one thread in which consumers use the database: many readers, or a question that hangs,
#: would keep new requests waiting.
THREADS = 4


class Right:
    """The right of the sender of a request, asked for as often as one likes.

    `ask` gets the request with the session and the user as they are now. It may use the database.
    """

    def __init__(self, request: HttpRequest, ask: Callable[[HttpRequest], bool]) -> None:
        self._request = request
        self._ask = ask

    @property
    def path(self) -> str:
        """The path of the request."""
        return self._request.path

    def holds(self) -> bool:
        """Return whether the sender has the right now. Queries the database."""
        return self._ask(renew(self._request))

    async def aholds(self, timeout: float) -> bool:
        """Return the same without blocking the event loop.

        Raises:
            TimeoutError: There was no answer within `timeout` seconds.
        """
        asked = database_sync_to_async(self.holds, thread_sensitive=False, executor=_executor())
        async with asyncio.timeout(timeout):
            return bool(await asked())


def right_to_read(
    request: HttpRequest,
    stream: StreamOperations,
    admits: Callable[[HttpRequest, Snapshot], bool] = authorization.still_admits,
) -> Right:
    """Return the right of a sender to read a stream, as the stream is when it is asked for."""

    def ask(renewed: HttpRequest) -> bool:
        try:
            return admits(renewed, run(stream.load(), "a thread"))
        except StreamNotFound:
            return False

    return Right(request, ask)


@functools.cache
def _executor() -> DaemonExecutor:
    return DaemonExecutor(THREADS, "sse-rights")


# A forked child has none of the threads.
os.register_at_fork(after_in_child=_executor.cache_clear)
