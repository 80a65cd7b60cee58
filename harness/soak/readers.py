"""Readers that are cut, or cancelled, at random moments, and come back with their last id."""

import asyncio
import re
from contextlib import aclosing
from random import Random

from sse_pipeline.streams.operations import StreamOperations
from sse_pipeline.streams.plans import arun
from sse_pipeline.streams.reader import ReadOptions

_ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
#: How often a reader is cut after a chunk, and how often its task is cancelled before one.
CUT, CANCELLED = 0.3, 0.2
#: At most so many times: the last one reads to the end.
CUTS = 4
#: Seconds after which a reader asks the store itself.
HEARTBEAT = 5


class WrongFrames(Exception):
    """Raised when a reader got a frame twice, late or never."""


class ReturningReader:
    """Reads a stream to its end, over several connections."""

    def __init__(self, stream_id: str, seed: int) -> None:
        self._stream = StreamOperations(stream_id)
        self._random = Random(seed)
        self._last = 0
        self._ended = False
        self.connections = 0

    async def run(self) -> None:
        """Read until the store says that the reader has the terminal frame.

        Raises:
            WrongFrames: A frame came twice, late or never.
        """
        while not self._ended:
            self.connections += 1
            task = asyncio.ensure_future(self._read())
            if self.connections < CUTS and self._random.random() < CANCELLED:
                await asyncio.sleep(0)
                task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    async def _read(self) -> None:
        options = ReadOptions(limit=1024, heartbeat=HEARTBEAT)
        reader = await arun(self._stream.read(self._last, options))
        if reader is None:
            self._ended = True
            return
        async with aclosing(aiter(reader)) as chunks:
            async for chunk in chunks:
                self._take(chunk)
                if self.connections < CUTS and self._random.random() < CUT:
                    return

    def _take(self, chunk: bytes) -> None:
        found = [int(each) for each in _ID.findall(chunk)]
        if found != list(range(self._last + 1, self._last + 1 + len(found))):
            raise WrongFrames(f"{found} came after {self._last}")
        if found:
            self._last = found[-1]
