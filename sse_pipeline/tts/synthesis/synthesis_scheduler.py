"""Lets the engine speak the segments of a speech, some of them at a time."""

import asyncio
from functools import partial
from threading import Condition

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.buffer import TTSBuffer
from sse_pipeline.tts.engine_protocol import UNSPEAKABLE, Engine, EngineOutput, spoken_segment
from sse_pipeline.tts.engines.circuit_breaker import circuit_breaker_for
from sse_pipeline.tts.engines.engine_probe import note_failure
from sse_pipeline.tts.results import SegmentStatus
from sse_pipeline.tts.speech_config import SpeechConfig
from sse_pipeline.tts.speech_loop import speech_loop
from sse_pipeline.tts.synthesis.synthesis_attempt import SynthesisAttempt
from sse_pipeline.tts.text.segments import Segment

logger = make_logger(__name__)


class SynthesisScheduler:
    """Takes segments from the buffer, and puts into it what the engine makes of them.

    Each segment is a task of the speech loop. `changed` is the lock of the buffer; it guards
    `_is_awake` and `_tasks` as well. `wake()` and `cancel()` are called under it, from any thread.
    """

    def __init__(
        self, buffer: TTSBuffer, changed: Condition, engine: Engine, config: SpeechConfig
    ) -> None:
        self._buffer = buffer
        self._changed = changed
        self._engine = engine
        self._config = config
        self._breaker = circuit_breaker_for(engine, config.breaker_failures, config.breaker_pause)
        self._is_awake = False
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Begin the segments that may begin. Called under the lock."""
        # One call of the loop is enough, however much text comes before the loop runs it.
        if self._buffer.has_work and not self._is_awake:
            speech_loop().call_soon_threadsafe(self._start_tasks)
            self._is_awake = True  # last: if the loop can't start, the next call tries again

    def cancel(self) -> None:
        """Stop speaking. Called under the lock, after the buffer was cancelled."""
        # Tasks may exist soon although none exists now: `_start_tasks` may be on its way.
        if self._is_awake or self._tasks:
            speech_loop().call_soon_threadsafe(self._cancel_tasks)

    def _start_tasks(self) -> None:
        loop = asyncio.get_running_loop()
        with self._changed:
            self._is_awake = False
            while (segment := self._buffer.next_segment()) is not None:
                task = loop.create_task(self._speak(segment))
                self._tasks.add(task)
                task.add_done_callback(self._task_ended)
            self._changed.notify_all()

    def _cancel_tasks(self) -> None:
        # Without the lock: only this thread, the one of the loop, changes the set.
        for task in self._tasks:
            task.cancel()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """Forget a task. If it did not settle its segment, cancel the speech."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("speech stopped by an error", exc_info=error)
        with self._changed:
            self._tasks.discard(task)
            if (error is not None or task.cancelled()) and self._buffer.cancel():
                self._cancel_tasks()
            self._changed.notify_all()

    async def _speak(self, segment: Segment) -> None:
        spoken = spoken_segment(self._engine, segment)
        if not spoken.is_speakable:
            self._settle(segment, "skipped", UNSPEAKABLE, is_unspeakable=True)
            return
        clock = asyncio.get_running_loop().time
        if self._breaker.is_open(clock()):
            reason = f"{self._breaker.failures} segments failed in a row"
            self._settle(segment, "skipped", reason)
            return
        begin, put = partial(self._begin, segment), partial(self._put, segment)
        failure = await SynthesisAttempt(self._engine, self._config, spoken, begin, put).run()
        if failure is None:
            self._breaker.record_success()
            self._settle(segment, "audio")
        elif failure.is_unspeakable:
            self._settle(segment, "skipped", failure.reason, is_unspeakable=True)
        else:
            await note_failure(self._engine, self._breaker)
            logger.warning("segment %d failed: %s", segment.number, failure.reason)
            self._settle(segment, "failed", failure.reason)

    def _begin(self, segment: Segment) -> None:
        with self._changed:
            self._buffer.begin(segment.number)
            self._changed.notify_all()

    def _put(self, segment: Segment, output: EngineOutput) -> None:
        with self._changed:
            self._buffer.put(segment.number, output)
            self._changed.notify_all()

    def _settle(
        self,
        segment: Segment,
        status: SegmentStatus,
        reason: str | None = None,
        *,
        is_unspeakable: bool = False,
    ) -> None:
        with self._changed:
            self._buffer.settle(segment.number, status, reason, is_unspeakable=is_unspeakable)
            self.wake()
            self._changed.notify_all()
