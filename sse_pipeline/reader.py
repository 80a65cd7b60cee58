"""A reader: a cursor on a log, from an id to the terminal frame."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import NamedTuple, Protocol

from . import frames, signals
from .operations import Plan, arun, run
from .stores import Store
from .stores.bell import LoopBell, ThreadBell
from .stores.log import Log


class Cursor:
    """A place in a log. It holds a number, and no frames."""

    def __init__(self, log: Log, after: int = 0) -> None:
        self.log = log
        self.after = after
        self._prefix = b""
        if after > log.last:
            self.after = 0
            self._prefix = frames.reset()

    @property
    def ended(self) -> bool:
        """Whether the terminal frame was taken."""
        return self.log.ended and self.after == self.log.last

    def take(self, limit: int) -> bytes:
        """Take what follows, joined: about `limit` bytes of whole frames, empty for nothing.

        Frames that are no longer held are told by a `gap`.
        """
        taken = self.log.take(self.after, limit)
        prefix, self._prefix = self._prefix, b""
        if taken.last < taken.first:
            return prefix
        if taken.first > self.after + 1:
            prefix += frames.gap(self.after + 1, taken.first - 1)
        self.after = taken.last
        return prefix + taken.data


class Pace(NamedTuple):
    """How a reader reads: bytes that come first, bytes joined at most, seconds of silence."""

    opening: bytes = b""
    limit: int = 1
    heartbeat: float | None = None


class Heartbeat:
    """Beats after each silence of so many seconds: one timer, however often it is put off."""

    def __init__(self, seconds: float | None, beat: Callable[[], None]) -> None:
        self._seconds = seconds
        self._beat = beat
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self.put_off()
        self._arm()

    def put_off(self) -> None:
        """Begin the silence anew."""
        self._since = self._loop.time()

    def stop(self) -> None:
        """Beat no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        if self._seconds is not None:
            self._timer = self._loop.call_at(self._since + self._seconds, self._fire)

    def _fire(self) -> None:
        if self._seconds is not None and self._loop.time() - self._since >= self._seconds:
            self.put_off()
            self._beat()
        self._arm()


class Chunks(Protocol):
    """What can be delivered to a client: chunks of whole frames, until it is closed."""

    def __aiter__(self) -> AsyncGenerator[bytes]: ...

    def close(self) -> None:
        """Let the one who iterates come to an end, from its loop."""

    def rest(self) -> bytes:
        """Take what there still is, at once."""

    def detach(self) -> None:
        """Let go without having iterated."""


class Reader:
    """Follows a stream for one client: what lies after its id, then what comes, to the end.

    Yields chunks of whole frames, and a comment after each heartbeat of silence (None for
    never), when it also asks the store whether a wake-up was lost. It is let go by `close`, from
    the loop that it is read in. Nothing is queued for it.
    """

    def __init__(self, store: Store, stream_id: str, cursor: Cursor, pace: Pace) -> None:
        self._store = store
        self._stream_id = stream_id
        self._cursor = cursor
        self._pace = pace
        self._opening = pace.opening
        self._closed = False
        self._rung = False
        self._beaten = False
        self._waiter: asyncio.Future[None] | None = None
        self._timed = cursor.log.last  # what was there before says nothing of the delay

    def close(self) -> None:
        """Stop following."""
        self._closed = True
        self._wake()

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        bell, log = LoopBell.here(), self._cursor.log
        heartbeat = Heartbeat(self._pace.heartbeat, self._beat)
        log.tap(bell, self._wake)
        log.follow(self._cursor)
        try:
            while not self._closed:
                beaten, self._beaten = self._beaten, False
                known = not beaten or await self._look()
                heard, self._rung = self._rung, False
                if chunk := self._take():
                    heartbeat.put_off()
                    if beaten and not heard:
                        signals.tell(signals.wakeup_lost, type(self), stream_id=self._stream_id)
                    yield chunk
                    self._tell_delay()
                if self._cursor.ended or not known:
                    return
                if beaten:
                    yield frames.PING
                else:
                    await self._pause()
        finally:
            heartbeat.stop()
            log.unfollow(self._cursor)
            log.untap(bell, self._wake)
            self._store.detach(self._stream_id)

    def __iter__(self) -> Iterator[bytes]:
        bell, log = ThreadBell(), self._cursor.log
        log.tap(bell, bell.wake)
        log.follow(self._cursor)
        try:
            while not self._closed:
                if chunk := self._take():
                    yield chunk
                elif self._cursor.ended:
                    return
                elif not bell.wait(self._pace.heartbeat):
                    if not run(self._resync(), "async for"):
                        return
                    yield frames.PING
        finally:
            log.unfollow(self._cursor)
            log.untap(bell, bell.wake)
            self._store.detach(self._stream_id)

    def rest(self) -> bytes:
        """Take all that is held after the last chunk, at once."""
        rest = []
        while chunk := self._take():
            rest.append(chunk)
        return b"".join(rest)

    def detach(self) -> None:
        """Let go of the stream without reading it."""
        self._store.detach(self._stream_id)

    def _take(self) -> bytes:
        opening, self._opening = self._opening, b""
        return opening + self._cursor.take(self._pace.limit)

    def _resync(self) -> Plan[bool]:
        """Have the log filled, whatever became of the wake-ups; False for a forgotten stream."""
        if (yield self._store.load(self._stream_id)) is None:
            return False
        yield self._store.attach(self._stream_id, self._cursor.after)
        self._store.detach(self._stream_id)
        return True

    def _tell_delay(self) -> None:
        """Say how long a frame took that was timed, and came with this chunk."""
        sample = self._cursor.log.sample
        if sample is None or not self._timed < sample.number <= self._cursor.after:
            return
        self._timed = sample.number
        delay = time.monotonic() - sample.at
        signals.tell(signals.frame_delivered, type(self), stream_id=self._stream_id, delay=delay)

    async def _look(self) -> bool:
        """Ask the store, whatever became of the wake-ups; False for a forgotten stream."""
        known = await arun(self._resync())
        await asyncio.sleep(0)  # a bell that was rung just now is heard
        return known

    def _wake(self) -> None:
        self._rung = True
        self._resume()

    def _resume(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _beat(self) -> None:
        self._beaten = True
        self._resume()

    async def _pause(self) -> None:
        """Wait for more. The loop always gets a turn."""
        if self._rung or self._beaten or self._cursor.after < self._cursor.log.last:
            await asyncio.sleep(0)
            return
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


def open_reader(store: Store, stream_id: str, after: int, pace: Pace) -> Plan[Reader | None]:
    """Attach a reader to a stream; None where it has the terminal frame already.

    Raises `StreamNotFound`.
    """
    log: Log = yield store.attach(stream_id, after)
    cursor = Cursor(log, after)
    if after > 0 and cursor.ended:
        store.detach(stream_id)
        return None
    return Reader(store, stream_id, cursor, pace)
