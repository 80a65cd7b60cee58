"""The reader: it follows a stream for one client, from an id to the terminal frame.

Nothing is queued for a client. The reader holds a cursor. It takes all that lies behind the cursor
in one piece, hands it over, and waits for the bell of the log. A slow client holds a number, and
not a buffer.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import NamedTuple, Protocol

from .. import frames, signals
from ..dialects.base import Breach, Dialect
from ..dialects.translated_cursor import TranslatedCursor
from ..dialects.translation import translation_of
from ..stores import Store
from ..stores.bell import LoopBell, ThreadBell
from .cursor import Cursor
from .plans import Plan, arun, attach, run, wait


class Reading(NamedTuple):
    """How a client reads: in a dialect, behind the first `held` events, which it has."""

    dialect: Dialect
    held: int = 0


class ReadOptions(NamedTuple):
    """The options of a reader: its first bytes, the bytes it joins at most, its heartbeat.

    Without a `reading` the client gets the frames as they are. With `merged` it gets the content in
    the place of frames that it has not: all of them, or those that are no longer held.
    """

    opening: bytes = b""
    limit: int = 1
    heartbeat: float | None = None
    reading: Reading | None = None
    merged: bool = False

    @property
    def ping(self) -> bytes:
        """What is sent after a silence."""
        return frames.PING if self.reading is None else self.reading.dialect.ping

    def without_frames(self) -> bytes:
        """Return the body for a client whose stream can't be read."""
        if self.reading is None:
            return self.opening
        return self.opening + self.reading.dialect.breach(Breach.INTERRUPTED)


class ChunkSource(Protocol):
    """Chunks of whole frames for one client, until the source is closed.

    A source that is never iterated over holds nothing.
    """

    def __aiter__(self) -> AsyncGenerator[bytes]: ...

    def close(self) -> None:
        """Let the iteration come to its end.

        Call it in the loop that iterates. If a thread iterates, any thread may call it.
        """

    def rest(self) -> bytes:
        """Take some of the frames that are left, without waiting; nothing if there are none."""


class SilenceTimer:
    """Calls back after each silence of some seconds: one timer, however often it is reset."""

    def __init__(self, seconds: float | None, callback: Callable[[], None]) -> None:
        self._seconds = seconds
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.reset()
        self._arm()

    def reset(self) -> None:
        """Let the silence begin now."""
        self._since = self._loop.time()

    def stop(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self._seconds is not None:
            self._timer = self._loop.call_at(self._since + self._seconds, self._fire)

    def _fire(self) -> None:
        if self._seconds is not None and self._loop.time() - self._since >= self._seconds:
            self.reset()
            self._callback()
        self._arm()


class Reader:
    """A `ChunkSource` of a stream: the frames behind its cursor, then the new ones, to the end.

    After each heartbeat of silence it yields a ping, and asks the store whether a wake-up was lost.
    `close` lets it go.
    """

    def __init__(
        self,
        store: Store,
        stream_id: str,
        cursor: Cursor | TranslatedCursor,
        options: ReadOptions,
    ) -> None:
        self._store = store
        self._stream_id = stream_id
        self._cursor = cursor
        self._options = options
        self._opening = options.opening
        self._closed = False
        self._rung = False
        self._beat = False
        self._waiter: asyncio.Future[None] | None = None
        self._thread_bell: ThreadBell | None = None
        # Frames that were there before the reader say nothing of the delay.
        self._timed = cursor.log.last

    def close(self) -> None:
        self._closed = True
        self._on_ring()
        if self._thread_bell is not None:
            self._thread_bell.ring(self._cursor.log)

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        bell, log = LoopBell.here(), self._cursor.log
        silence = SilenceTimer(self._options.heartbeat, self._on_silence)
        log.tap(bell, self._on_ring)
        log.follow(self._cursor)
        try:
            while not self._closed:
                # Both are read and reset before the log is looked at: what comes after is not lost.
                beat, self._beat = self._beat, False
                known = not beat or await self._resync_now()
                rung, self._rung = self._rung, False
                if chunk := self._take():
                    silence.reset()
                    if beat and not rung and not bell.pending(log):
                        signals.notify(signals.wakeup_lost, type(self), stream_id=self._stream_id)
                    yield chunk
                    self._report_delay()
                if self._cursor.ended or not known or log.failure is not None:
                    break
                if beat:
                    yield self._options.ping
                else:
                    await self._pause()
            if farewell := self._farewell():
                yield farewell
            log.check()
        finally:
            silence.stop()
            log.unfollow(self._cursor)
            log.untap(bell, self._on_ring)
            self._store.detach(self._stream_id)

    def __iter__(self) -> Iterator[bytes]:
        self._thread_bell = bell = ThreadBell()
        log = self._cursor.log
        log.tap(bell, bell.wake)
        log.follow(self._cursor)
        try:
            while not self._closed:
                if chunk := self._take():
                    yield chunk
                    continue
                if self._cursor.ended or log.failure is not None:
                    break
                if self._behind:
                    continue
                if not bell.wait(self._options.heartbeat):
                    if not run(self._resync(), "async for"):
                        break
                    yield self._options.ping
            if farewell := self._farewell():
                yield farewell
            log.check()
        finally:
            log.unfollow(self._cursor)
            log.untap(bell, bell.wake)
            self._store.detach(self._stream_id)

    def rest(self) -> bytes:
        chunk = self._take()
        while not chunk and self._behind:  # a dialect has no bytes for some frames
            chunk = self._take()
        return chunk or self._farewell()

    @property
    def _behind(self) -> bool:
        return not self._cursor.ended and self._cursor.after < self._cursor.log.last

    def _farewell(self) -> bytes:
        opening, self._opening = self._opening, b""
        farewell = self._cursor.farewell()
        return opening + farewell if farewell else b""

    def _take(self) -> bytes:
        opening, self._opening = self._opening, b""
        return opening + self._cursor.take(self._options.limit)

    def _resync(self) -> Plan[bool]:
        """Fill the log from the store, in case a wake-up was lost; False for a forgotten stream."""
        if (yield from wait(self._store.load(self._stream_id))) is None:
            return False
        yield from attach(self._store, self._stream_id, self._cursor.after)
        self._store.detach(self._stream_id)
        return True

    async def _resync_now(self) -> bool:
        known = await arun(self._resync())
        await asyncio.sleep(0)  # one turn, so that a bell that was rung just now is heard
        return known

    def _report_delay(self) -> None:
        """Send the delay of the sampled frame, if this chunk had it."""
        sample = self._cursor.log.sample
        if sample is None or not self._timed < sample.number <= self._cursor.after:
            return
        self._timed = sample.number
        delay = time.monotonic() - sample.at
        signals.notify(signals.frame_delivered, type(self), stream_id=self._stream_id, delay=delay)

    def _on_ring(self) -> None:
        self._rung = True
        self._resume()

    def _on_silence(self) -> None:
        self._beat = True
        self._resume()

    def _resume(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _pause(self) -> None:
        """Wait for the bell or the heartbeat. The event loop always gets a turn."""
        if self._rung or self._beat or self._cursor.after < self._cursor.log.last:
            await asyncio.sleep(0)
            return
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


def open_reader(
    store: Store, stream_id: str, after: int, options: ReadOptions
) -> Plan[Reader | None]:
    """Attach a reader to a stream; None if `after` is the id of the terminal frame.

    With a `reading` the reader begins at the first frame, and `after` is 0.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
    """
    log = yield from attach(store, stream_id, after)
    if reading := options.reading:
        translation = translation_of(log, reading.dialect, stream_id)
        return Reader(store, stream_id, TranslatedCursor(translation, reading.held), options)
    cursor = Cursor(log, after)
    if after > 0 and cursor.ended:
        store.detach(stream_id)
        return None
    return Reader(store, stream_id, cursor, options)
