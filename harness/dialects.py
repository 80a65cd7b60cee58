"""A dialect for tests, and readers of dialects."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from sse_pipeline import SSEHandler, stores
from sse_pipeline.dialects import Breach, Dialect, Encoder
from sse_pipeline.frames import FrameValue
from sse_pipeline.streams.plans import arun, run
from sse_pipeline.streams.reader import Reader, Reading, ReadOptions, open_reader


class Counted(Dialect):
    """Says the number of each event, twice for a text and never for a component.

    It counts its encoders, and the frames that they were given.
    """

    def __init__(self) -> None:
        self.encoders = 0
        self.frames: list[int] = []

    def encoder(self, stream_id: str) -> Encoder:
        self.encoders += 1
        return CountedEncoder(self.frames)

    def breach(self, reason: Breach) -> bytes:
        return b"breach: %b\n\n" % reason.encode()


class CountedEncoder:
    def __init__(self, frames: list[int]) -> None:
        self._frames = frames
        self._number = 0

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        self._frames.append(frame.number)
        for _ in range({"text": 2, "component": 0}.get(frame.event, 1)):
            self._number += 1
            yield b"%d %b\n\n" % (self._number, frame.event.encode())


def reading(
    handler: SSEHandler, dialect: Dialect, held: int = 0, limit: int = 1000, **pace: float
) -> Reader:
    """Return a reader of a stream in a dialect."""
    reader = run(open_reader(*_arguments(handler, dialect, held, limit, **pace)), "areading")
    assert reader is not None
    return reader


@asynccontextmanager
async def areading(
    handler: SSEHandler, dialect: Dialect, held: int = 0, limit: int = 1000, **pace: float
) -> AsyncIterator[Reader]:
    """Open a reader of a stream in a dialect, and close it."""
    reader = await arun(open_reader(*_arguments(handler, dialect, held, limit, **pace)))
    assert reader is not None
    yield reader
    reader.close()


def _arguments(
    handler: SSEHandler, dialect: Dialect, held: int, limit: int, **pace: float
) -> tuple[stores.Store, str, int, ReadOptions]:
    options = ReadOptions(limit=limit, reading=Reading(dialect, held), heartbeat=pace.get("every"))
    return stores.current(), handler.stream_id, 0, options
