"""The bound of a memory store: what all of its streams hold together."""

import heapq
import threading
from collections.abc import Callable, Collection

from .log import Log

#: The bytes that a stream takes beside its frames, about.
STREAM_BYTES = 4096


class TotalBound:
    """Drops frames when the streams of a store hold more than `most` bytes together.

    A sum of each byte would need a lock that all streams share. So the bytes that come are only
    estimated, and after each sixteenth of `most` the logs are measured.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._pace = max(1, most // 16)
        # Two threads at once may lose the bytes of one of them: then the logs are measured later.
        self._unmeasured = 0
        #: Lets one thread at a time measure. The locks of logs are taken inside of it.
        self._measuring = threading.Lock()

    def is_due(self, size: int) -> bool:
        """Add bytes that came; return whether the logs are to be measured."""
        self._unmeasured += size
        return self._unmeasured >= self._pace

    def keep(self, logs: Collection[Log], forget: Callable[[], bool]) -> bool:
        """Measure the logs, and drop what is too much; return whether anything was dropped.

        The frames of ended streams go first, then the oldest frames of the largest streams. Frame 1
        and the last frame of each stay. If that is not enough, `forget` is called, which forgets
        the stream that ended first; it returns False if there is none.
        """
        if not self._measuring.acquire(blocking=False):
            return False
        try:
            self._unmeasured = 0
            excess = _size(logs) - (self._most - self._pace)
            if excess <= 0:
                return False
            self._drop(logs, excess + self._pace, forget)
            return True
        finally:
            self._measuring.release()

    def _drop(self, logs: Collection[Log], spare: int, forget: Callable[[], bool]) -> None:
        for log in logs:
            if spare > 0 and log.ended:
                spare -= _shrink(log, 0)
        largest = [(-log.footprint, number, log) for number, log in enumerate(logs)]
        heapq.heapify(largest)
        while spare > 0 and largest:
            _, number, log = heapq.heappop(largest)
            if freed := _shrink(log, log.held // 2):
                spare -= freed
                heapq.heappush(largest, (-log.footprint, number, log))
        while spare > 0 and forget():
            spare -= STREAM_BYTES


def _size(logs: Collection[Log]) -> int:
    return len(logs) * STREAM_BYTES + sum(log.footprint for log in logs)


def _shrink(log: Log, limit: int) -> int:
    before = log.footprint
    log.shrink(limit)
    return before - log.footprint
