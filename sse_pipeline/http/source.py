"""The source of a reply: the reader of a stream, which attaches when it is iterated over."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from ..exceptions import StoreUnavailable, StreamNotFound
from ..streams.operations import StreamOperations
from ..streams.plans import Plan, arun, run
from ..streams.reader import Reader, ReadOptions
from .recheck import LoopRecheck, ThreadRecheck
from .rights import Right


class StreamSource:
    """A `ChunkSource` that holds nothing of the store before its iteration and after it.

    A reply may be thrown away before its body is read: the client has left, or middleware raised.
    Nobody is told of that. A `right` is asked for again while the stream is read.
    """

    def __init__(
        self,
        stream: StreamOperations,
        after: int,
        options: ReadOptions,
        right: Right | None = None,
    ) -> None:
        self._stream = stream
        self._after = after
        self._options = options
        self._right = right
        self._reader: Reader | None = None
        self._closed = False

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            reader = await arun(self._attach(self._options))
        except (StreamNotFound, StoreUnavailable) as error:  # since the reply was made
            yield self._options.without_frames()
            _raise_unless_forgotten(error)
            return
        if reader is not None:
            with LoopRecheck(self._right, self.close):
                async with aclosing(aiter(reader)) as chunks:
                    async for chunk in chunks:
                        yield chunk

    def __iter__(self) -> Iterator[bytes]:
        recheck = ThreadRecheck(self._right)
        options = self._options._replace(heartbeat=recheck.silence(self._options.heartbeat))
        try:
            reader = run(self._attach(options), "async for")
        except (StreamNotFound, StoreUnavailable) as error:
            yield self._options.without_frames()
            _raise_unless_forgotten(error)
            return
        if reader is not None:
            yield from recheck.allowed(iter(reader))

    def _attach(self, options: ReadOptions) -> Plan[Reader | None]:
        """Attach a reader; None if there is nothing to read. One for a closed source is closed."""
        self._reader = reader = yield from self._stream.read(self._after, options)
        if reader is not None and self._closed:
            reader.close()
        return reader

    def close(self) -> None:
        self._closed = True
        if self._reader is not None:
            self._reader.close()

    def rest(self) -> bytes:
        return b"" if self._reader is None else self._reader.rest()


def _raise_unless_forgotten(error: Exception) -> None:
    """Let the failure of a store be logged. A reader of a forgotten stream comes back to a 404."""
    if not isinstance(error, StreamNotFound):
        raise error
