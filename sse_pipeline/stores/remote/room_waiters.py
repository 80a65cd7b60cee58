"""The producers that wait for room in the queue: backpressure while the server is slow or away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from . import futures


class RoomWaiters:
    """Futures that resolve when the queue has room. Any thread may call it.

    It has no lock: a deque is safe by itself, and each future is popped once.
    """

    def __init__(self, has_room: Callable[[], bool]) -> None:
        self._has_room = has_room
        self._futures: deque[Future[None]] = deque()

    def wait(self) -> Future[None] | None:
        """Return a future that resolves when there is room; None if there is room now."""
        if self._has_room():
            return None
        future: Future[None] = futures.new_future()
        self._futures.append(future)
        # The writer may have made room between the two lines above, and not call again.
        self.wake()
        return future

    def wake(self) -> None:
        """Resolve the futures, as far as there is room."""
        while self._futures and self._has_room():
            try:
                future = self._futures.popleft()
            except IndexError:  # another thread was faster
                return
            future.set_result(None)

    def fail(self, error: Exception) -> None:
        """Fail all futures."""
        while True:
            try:
                future = self._futures.popleft()
            except IndexError:
                return
            future.set_exception(error)
