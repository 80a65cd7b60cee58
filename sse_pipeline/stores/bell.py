"""Bells: a log rings them to wake those who wait, from any thread.

`call_soon_threadsafe` for each frame would wake an event loop 150,000 times a second at most, and
the loop would do nothing else. So each loop has one bell. The first ring schedules one wake-up, and
all rings until then are answered by it. After a wake-up the bell rests for as long as the readers
took: half of the loop is left to others, whatever comes. A wake-up may be lost: the log is the
truth, and each heartbeat looks at it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary, ref

Wake = Callable[[], object]

#: A shorter rest is not taken, in seconds: a selector rounds it up to a millisecond.
SHORTEST_REST = 0.0005
#: The longest rest, in seconds: a loop that stood still for longer did not so for its readers.
LONGEST_REST = 0.1


class RingingLog(Protocol):
    """A log that rings, as bells see it."""

    def waiting(self, bell: Bell) -> tuple[Wake, ...]:
        """Return the callbacks that wait at a bell."""


class Bell(Protocol):
    """A bell that a log rings: cheap, idempotent, from any thread. It never raises."""

    def ring(self, log: RingingLog) -> None:
        """Say that the log has changed."""


class LoopBell:
    """The bell of one event loop: one wake-up of the loop for any number of rings."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop)
        self._thread = threading.get_ident()
        self._rung: deque[RingingLog] = deque()
        self._armed = False
        #: Before this time of the loop nobody is woken: the loop has other work, too.
        self._rested_at = 0.0

    @classmethod
    def here(cls) -> LoopBell:
        """Return the bell of the running loop."""
        loop = asyncio.get_running_loop()
        try:
            return _bells[loop]
        except KeyError:
            bell = _bells[loop] = cls(loop)  # only the thread of the loop comes here
            return bell

    def ring(self, log: RingingLog) -> None:
        """Wake the loop, unless a wake-up is scheduled."""
        # First the log, then the flag: a flush that runs now resets the flag before it takes the
        # logs, so that either it takes this log, or this ring schedules the next flush.
        self._rung.append(log)
        if self._armed:
            return
        self._armed = True
        if not self._schedule():
            self._rung.clear()  # the loop is closed: nobody waits there any more

    def pending(self, log: RingingLog) -> bool:
        """Return whether a log has rung, and those who wait for it are still to be woken."""
        return log in self._rung

    def _schedule(self) -> bool:
        loop = self._loop()
        if loop is None:
            return False
        here = threading.get_ident() == self._thread
        try:
            (loop.call_soon if here else loop.call_soon_threadsafe)(self._flush)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if self._rested_at - begun > SHORTEST_REST:
            loop.call_at(self._rested_at, self._flush)
            return
        self._armed = False  # before the logs are taken: a ring from now on schedules a flush
        rung = set()
        while self._rung:
            rung.add(self._rung.popleft())
        for log in rung:
            for wake in log.waiting(self):
                wake()
        loop.call_soon(self._rest, begun)  # it comes after all that was woken

    def _rest(self, begun: float) -> None:
        """Rest for as long as the readers took, so that half of the loop is left to others.

        New requests are accepted meanwhile, and the frames that come leave in one piece.
        """
        now = asyncio.get_running_loop().time()
        self._rested_at = now + min(now - begun, LONGEST_REST)


class ThreadBell:
    """The bell of one waiting thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self, log: RingingLog) -> None:
        """Wake the thread."""
        self._event.set()

    def wake(self) -> None:
        """Do nothing: the ring itself wakes the thread."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the bell rings, or rang since the last wait; False after `timeout` seconds."""
        rung = self._event.wait(timeout)
        self._event.clear()
        return rung


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopBell] = WeakKeyDictionary()
