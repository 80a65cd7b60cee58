"""Admission: how many readers this process serves, in total, for each owner and each address.

A client that wants an event stream, as an `EventSource` does, is refused with 200, a `retry:` and
the end of the body: an `EventSource` gives up for good at any other status. Others get 429, or 503
if the process is full, with `Retry-After`.
"""

import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from django.http import HttpRequest

from .. import frames
from ..dialects.base import Breach, Dialect
from ..escaping import make_logger
from ..exceptions import LimitReached, TooManyOpen
from ..streams.occupancy import Occupancy
from ..streams.operations import StreamOperations
from ..streams.reader import ReadOptions
from .addresses import client_address
from .rights import Right
from .source import StreamSource

logger = make_logger(__name__)

#: Seconds after which a client may try again.
RETRY_AFTER = 5

#: The settings that bound the process, and not one of its clients.
_OF_THE_PROCESS = {"STREAMS", "READERS", "SPEECHES"}

readers = Occupancy("readers")
# A forked child has none of the readers.
os.register_at_fork(after_in_child=readers.reset)


class Admission:
    """The admission of one reader to a stream of an owner.

    A client of a `dialect` does not come back by itself.
    """

    def __init__(
        self, request: HttpRequest, owner: str | None, dialect: Dialect | None = None
    ) -> None:
        self._path = request.path
        accepted = request.headers.get("Accept", "")
        self._comes_back = dialect is None and frames.EVENT_STREAM in accepted
        self._dialect = dialect
        self._keys = {
            "READERS": "",
            "OWNER_READERS": owner,
            "ADDRESS_READERS": client_address(request),
        }

    def refusal(self) -> int | None:
        """Return the status for a reader that can't be admitted; None for one that may try."""
        if self._comes_back:
            return None
        try:
            readers.check(self._keys)
        except TooManyOpen as error:
            self._log(error)
            return status_of(error)
        return None

    @contextmanager
    def place(self) -> Iterator[bytes]:
        """Take a place for the reader until the block is left.

        Yield the whole body of a reader that gets none, and b"" for one that has its place.
        """
        try:
            seat = readers.enter(self._keys)
        except TooManyOpen as error:
            self._log(error)
            yield _farewell(error, self._dialect)
            return
        try:
            yield b""
        finally:
            seat.leave()

    def _log(self, error: TooManyOpen) -> None:
        logger.info("%s: a reader is sent away: %s", self._path, error)


class AdmittedSource(StreamSource):
    """A source that takes a place for its iteration. A client without one is sent away."""

    def __init__(
        self,
        admission: Admission,
        stream: StreamOperations,
        after: int,
        options: ReadOptions,
        right: Right | None = None,
    ) -> None:
        super().__init__(stream, after, options, right)
        self._admission = admission

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        with self._admission.place() as farewell:
            if farewell:
                yield farewell
                return
            async with aclosing(super().__aiter__()) as chunks:
                async for chunk in chunks:
                    yield chunk

    def __iter__(self) -> Iterator[bytes]:
        with self._admission.place() as farewell:
            if farewell:
                yield farewell
            else:
                yield from super().__iter__()


def status_of(error: LimitReached) -> int:
    """Return the status that refuses a request."""
    return 503 if error.setting in _OF_THE_PROCESS else 429


def document_of(error: LimitReached) -> dict[str, str]:
    """Return what a client reads of it, which names no owner."""
    return {"error": f"so much is open that the limit {error.setting} is reached; try again later"}


def _farewell(error: TooManyOpen, dialect: Dialect | None) -> bytes:
    if dialect is not None:
        return dialect.breach(Breach.INTERRUPTED)
    return b": %b is reached\n%b" % (error.setting.encode(), frames.retry(1000 * RETRY_AFTER))
