"""The engine's side of a streamer: speaks its segments one after the other."""

import asyncio
import logging
from contextlib import aclosing
from threading import Condition

from .buffer import TTSBuffer
from .config import SpeechConfig
from .engines.base import Engine
from .events import Handout, SegmentNote, SegmentOutcome, SegmentStatus
from .exceptions import EngineFailed
from .loop import speech_loop
from .segmentation import Segment
from .timeline import Timeline

logger = logging.getLogger("sse_pipeline.tts")

#: A segment is begun when less audio than this waits for the callbacks, in bytes.
ROOM_BYTES = 256 * 1024


class Synthesis:
    """Takes segments from the buffer and puts into it what an engine makes of them.

    Its work is a task of the shared loop that lives while segments wait. At most `ROOM_BYTES` and
    one segment are held. The lock is the buffer's; `wake()` and `make_room()` are called under it.
    """

    def __init__(
        self, buffer: TTSBuffer, changed: Condition, engine: Engine, config: SpeechConfig
    ) -> None:
        self._buffer = buffer
        self._changed = changed
        self._engine = engine
        self._config = config
        self._timeline = Timeline(engine.sample_rate, engine.word_source)
        self._is_awake = False
        self._task: asyncio.Task[None] | None = None
        self._room: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Begin to speak if a segment waits."""
        if self._buffer.has_work and not self._is_awake:
            self._is_awake = True
            speech_loop().call_soon_threadsafe(self._begin)

    def make_room(self) -> None:
        """Go on if enough was handed over."""
        if self._room is not None and self._buffer.audio_bytes < ROOM_BYTES:
            room, self._room = self._room, None
            room.get_loop().call_soon_threadsafe(_open, room)

    def cancel(self) -> None:
        """Stop speaking."""
        if self._is_awake:
            speech_loop().call_soon_threadsafe(self._stop)

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._speak_all())

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _speak_all(self) -> None:
        try:
            while (segment := self._next()) is not None:
                self._put(await self._speak(segment))
        except BaseException:
            # No one else would settle the segments that are left.
            with self._changed:
                self._buffer.cancel()
                self._changed.notify_all()
            raise

    def _next(self) -> Segment | None:
        with self._changed:
            segment = self._buffer.next_segment()
            self._is_awake = segment is not None
            return segment

    def _put(self, handout: Handout) -> None:
        with self._changed:
            self._buffer.put(handout)
            self._changed.notify_all()

    async def _speak(self, segment: Segment) -> SegmentOutcome:
        if not segment.is_speakable:
            return _outcome(segment, "skipped")
        await self._wait_for_room()
        self._timeline.begin()
        try:
            async with self._engine.turn():
                await self._synthesize(segment)
        except TimeoutError:
            return self._failed(segment, "the engine took too long")
        except EngineFailed as error:
            return self._failed(segment, str(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return self._failed(segment, "the engine gave up")
        except Exception:
            logger.exception("The engine failed at segment %d", segment.number)
            return self._failed(segment, "the engine failed")
        return _outcome(segment, "audio")

    async def _synthesize(self, segment: Segment) -> None:
        begun = asyncio.get_running_loop().time()
        async with (
            asyncio.timeout(self._config.first_audio_timeout) as deadline,
            aclosing(self._engine.synthesize(segment)) as pieces,
        ):
            async for piece in pieces:
                was_silent = self._timeline.is_silent
                for handout in self._timeline.place(segment, piece):
                    self._put(handout)
                if was_silent and not self._timeline.is_silent:
                    self._put(SegmentNote(segment.number, "first audio"))
                    deadline.reschedule(begun + self._config.segment_timeout)
        if self._timeline.is_silent:
            raise EngineFailed("the engine gave no audio")

    async def _wait_for_room(self) -> None:
        with self._changed:
            if self._buffer.audio_bytes < ROOM_BYTES:
                return
            room = self._room = asyncio.get_running_loop().create_future()
        await room

    def _failed(self, segment: Segment, reason: str) -> SegmentOutcome:
        logger.warning("Segment %d failed: %s", segment.number, reason)
        self._put(SegmentNote(segment.number, f"failed: {reason}"))
        return _outcome(segment, "failed", reason)


def _open(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)


def _outcome(segment: Segment, status: SegmentStatus, reason: str | None = None) -> SegmentOutcome:
    return SegmentOutcome(segment.number, status, segment.begin, segment.end, reason=reason)
