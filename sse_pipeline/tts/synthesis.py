"""The engine's side of a streamer: has its segments spoken, some at a time."""

import asyncio
import logging
from functools import partial
from threading import Condition

from .attempt import Attempt
from .breaker import breaker_of
from .buffer import TTSBuffer
from .config import SpeechConfig
from .engine import Audio, Engine, Words
from .events import SegmentStatus
from .loop import speech_loop
from .segmentation import Segment

logger = logging.getLogger("sse_pipeline.tts")


class Synthesis:
    """Takes segments from the buffer and puts into it what an engine makes of them.

    Each segment is a task of the shared loop. The lock is the buffer's; `wake()` and `cancel()`
    are called under it.
    """

    def __init__(
        self, buffer: TTSBuffer, changed: Condition, engine: Engine, config: SpeechConfig
    ) -> None:
        self._buffer = buffer
        self._changed = changed
        self._engine = engine
        self._config = config
        self._breaker = breaker_of(engine, config.breaker_failures, config.breaker_pause)
        self._is_awake = False
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Begin what may be begun."""
        if self._buffer.has_work and not self._is_awake:
            self._is_awake = True
            speech_loop().call_soon_threadsafe(self._begin)

    def cancel(self) -> None:
        """Stop speaking."""
        if self._is_awake or self._tasks:
            speech_loop().call_soon_threadsafe(self._stop)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        with self._changed:
            self._is_awake = False
            while (segment := self._buffer.next_segment()) is not None:
                task = loop.create_task(self._speak(segment))
                self._tasks.add(task)
                task.add_done_callback(self._ended)
            self._changed.notify_all()

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Let go of a task; one that did not settle its segment ends the speech."""
        with self._changed:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if error is not None:
                logger.error("Speech broke off", exc_info=error)
            if error is not None or task.cancelled():
                self._buffer.cancel()
            self._changed.notify_all()

    async def _speak(self, segment: Segment) -> None:
        clock = asyncio.get_running_loop().time
        if self._breaker.is_open(clock()):
            self._settle(segment, "skipped", f"{self._breaker.failures} segments failed in a row")
            return
        failure = await Attempt(
            self._engine, self._config, segment, partial(self._put, segment)
        ).run()
        if failure is None:
            self._breaker.succeeded()
            self._settle(segment, "audio")
        else:
            self._breaker.failed(clock())
            logger.warning("Segment %d failed: %s", segment.number, failure)
            self._settle(segment, "failed", failure)

    def _put(self, segment: Segment, piece: Audio | Words) -> None:
        with self._changed:
            self._buffer.put(segment.number, piece)
            self._changed.notify_all()

    def _settle(self, segment: Segment, status: SegmentStatus, reason: str | None = None) -> None:
        with self._changed:
            self._buffer.settle(segment.number, status, reason)
            self.wake()
            self._changed.notify_all()
