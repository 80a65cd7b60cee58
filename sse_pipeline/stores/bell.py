"""Bells: how a log wakes those who wait for it, from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary, ref

if TYPE_CHECKING:
    from .log import Log

Wake = Callable[[], object]


class Bell(Protocol):
    """Something that a log rings: cheap, idempotent, from any thread, never raising."""

    def ring(self, log: Log) -> None:
        """Say that the log changed."""


class LoopBell:
    """The bell of one event loop: one wake-up of the loop for any number of rings."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop)
        self._thread = threading.get_ident()
        self._rung: deque[Log] = deque()
        self._armed = False

    @classmethod
    def here(cls) -> LoopBell:
        """Return the bell of the running loop."""
        loop = asyncio.get_running_loop()
        try:
            return _bells[loop]
        except KeyError:
            return _bells.setdefault(loop, cls(loop))

    def ring(self, log: Log) -> None:
        """Wake the loop, if it is not to wake already."""
        self._rung.append(log)
        if self._armed:
            return
        self._armed = True
        if not self._schedule():
            self._rung.clear()  # the loop is over: nobody waits there any more

    def _schedule(self) -> bool:
        loop = self._loop()
        if loop is None:
            return False
        here = threading.get_ident() == self._thread
        try:
            (loop.call_soon if here else loop.call_soon_threadsafe)(self._flush)
        except RuntimeError:  # closed
            return False
        return True

    def _flush(self) -> None:
        self._armed = False  # before the logs are taken: who rings now arms it again
        rung = set()
        while self._rung:
            rung.add(self._rung.popleft())
        for log in rung:
            for wake in log.waiting(self):
                wake()


class ThreadBell:
    """The bell of one waiting thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self, log: Log) -> None:
        """Wake the thread."""
        self._event.set()

    def wake(self) -> None:
        """Do nothing: the ring itself wakes the thread."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it was rung since the last wait; False where that took too long."""
        rung = self._event.wait(timeout)
        self._event.clear()
        return rung


_bells: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopBell] = WeakKeyDictionary()
