"""Notices that no text has come for a while."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

from sse_pipeline.tts.speech_loop import speech_loop


class TimerLoop(Protocol):
    """The part of an event loop that a timer needs."""

    def call_soon_threadsafe(self, callback: Callable[[], object], /) -> object:
        """Call on the thread of the loop."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> object:
        """Call after some seconds."""


class IdleTimer:
    """Calls `callback` on the speech loop when `restart()` was not called for some seconds.

    One timer of the loop serves any number of calls of `restart()`. After the callback the timer
    rests until the next `restart()`.

    `lock` guards the state of the timer: `restart()` is called under it, and so is the callback.
    `loop` returns the loop to run on; `clock` returns seconds.
    """

    def __init__(
        self,
        seconds: float,
        lock: AbstractContextManager[object],
        callback: Callable[[], None],
        *,
        loop: Callable[[], TimerLoop] = speech_loop,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._lock = lock
        self._callback: Callable[[], None] | None = callback
        self._loop = loop
        self._clock = clock
        self._restarted_at = 0.0
        self._is_running = False

    def restart(self) -> None:
        """Count from now."""
        self._restarted_at = self._clock()
        if not self._is_running:
            loop = self._loop()
            # Only the thread of a loop may set its timers.
            loop.call_soon_threadsafe(partial(self._wait, loop, self._seconds))
            self._is_running = True  # last: if the loop can't start, the next text tries again

    def stop(self) -> None:
        """Never call back again, and forget the callback: the loop may keep the timer for long."""
        self._callback = None

    def _wait(self, loop: TimerLoop, seconds: float) -> None:
        loop.call_later(seconds, partial(self._check, loop))

    def _check(self, loop: TimerLoop) -> None:
        with self._lock:
            if self._callback is None:
                return
            # A restart since the timer was set only moves the end: it does not set a new timer.
            left = self._restarted_at + self._seconds - self._clock()
            if left > 0:
                self._wait(loop, left)
            else:
                self._is_running = False
                self._callback()
