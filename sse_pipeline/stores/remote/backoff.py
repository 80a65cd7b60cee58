"""The backoff: how long a thread waits between two attempts to reach the server.

The writer, the fetcher and the subscriber repeat what failed, each with a `Backoff` of its own.
The retries of redis-py are switched off. They repeat a command without knowing whether it may be
repeated (a repeated `XADD` writes twice), and they sleep where `close` can't wake them up.
"""

from __future__ import annotations

import math
import threading
import time


class Backoff:
    """Pauses that double up to a limit, and the time that a series of attempts takes.

    One thread uses it; it has no lock.
    """

    def __init__(self, first: float, most: float, patience: float = math.inf) -> None:
        self._first = first
        self._most = most
        self._patience = patience
        self._next = first
        self._began_at: float | None = None

    def reset(self) -> None:
        """Start a new series: the next pause is the first one again."""
        self._next = self._first
        self._began_at = None

    def begin(self) -> None:
        """Measure the patience from now on, if it is not measured already."""
        if self._began_at is None:
            self._began_at = time.monotonic()

    @property
    def expired(self) -> bool:
        """Whether the series takes longer than the patience."""
        return self._began_at is not None and time.monotonic() - self._began_at > self._patience

    def pause(self, stopped: threading.Event) -> bool:
        """Wait for the next pause, or until the event is set; return whether it is set."""
        pause, self._next = self._next, min(2 * self._next, self._most)
        return stopped.wait(pause)
