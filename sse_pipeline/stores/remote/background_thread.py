"""A thread of the store that starts with the first work and ends when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable


class BackgroundThread:
    """A daemon thread that calls `run` once.

    The thread starts lazily, so that a process that forks before its first stream (a preloading
    server, Celery) has no thread to lose. It is a daemon, because an interpreter that ends must
    not wait for a server that is away; `RedisStore.close` waits for a bounded time instead.
    """

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        #: Set by `stop`; `run` has to look at it.
        self.stopped = threading.Event()
        #: Whether the thread was started. Callers for each frame read this instead of `start()`.
        self.started = False
        self._thread = threading.Thread(target=run, name=name, daemon=True)
        #: Guards `started`: two callers may come first at the same time.
        self._starting = threading.Lock()

    @property
    def is_current(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    def start(self) -> None:
        """Start the thread, unless it was started or stopped before."""
        with self._starting:
            if not self.started and not self.stopped.is_set():
                self._thread.start()
                self.started = True

    def stop(self) -> None:
        """Tell the thread to end; return at once."""
        self.stopped.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the thread has ended, for so many seconds at most; None for no limit."""
        if self.started and not self.is_current:
            self._thread.join(seconds)
