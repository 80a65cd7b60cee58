"""Notices that no text has come for a while."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from .loop import speech_loop


class Lull:
    """Calls back, on the shared loop, when nothing was heard for some seconds.

    One timer serves any number of calls of `heard()`; once it has rung it rests until the next.
    Both `heard()` and the callback are called under the lock.
    """

    def __init__(
        self, seconds: float, lock: AbstractContextManager[object], callback: Callable[[], None]
    ) -> None:
        self._seconds = seconds
        self._lock = lock
        self._callback = callback
        self._heard_at = 0.0
        self._is_armed = False

    def heard(self) -> None:
        """Begin to count anew."""
        self._heard_at = time.monotonic()
        if not self._is_armed:
            self._is_armed = True
            speech_loop().call_soon_threadsafe(self._wait, self._seconds)

    def _wait(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        with self._lock:
            left = self._heard_at + self._seconds - time.monotonic()
            if left > 0:
                self._wait(left)
            else:
                self._is_armed = False
                self._callback()
