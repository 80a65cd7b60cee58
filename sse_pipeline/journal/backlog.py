"""The backlog: what was announced and is not written yet. Bounded; the oldest goes first."""

import threading
import time
from collections import deque
from typing import NamedTuple

from ..lifecycle.causes import Cause
from ..lifecycle.decision import Step
from ..lifecycle.snapshot import Snapshot


class Record(NamedTuple):
    """What one commit did, and when, in seconds since the epoch."""

    snapshot: Snapshot
    cause: Cause
    steps: list[Step]
    at: float


class Backlog:
    """Records of any thread, for the one that writes them.

    A snapshot says all of its stream, so that the newest records are worth the most: of more than
    `limit` the oldest go, and are counted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._records: deque[Record] = deque(maxlen=limit)
        self._taken: list[Record] = []
        self._news = threading.Event()
        self._armed = False
        self._losing = threading.Lock()
        self.dropped = 0

    def put(self, record: Record) -> None:
        """Add a record; the writer is woken once for any number."""
        if len(self._records) >= self._limit:
            self.lose(1)
        self._records.append(record)
        if not self._armed:
            self._armed = True
            self._news.set()

    def lose(self, count: int) -> None:
        """Count records that are dropped."""
        with self._losing:
            self.dropped += count

    def take(self, most: int) -> list[Record]:
        """Return the next records, and the same ones until `done`."""
        if not self._taken:
            count = min(most, len(self._records))
            self._taken = [self._records.popleft() for _ in range(count)]
        return self._taken

    def done(self) -> None:
        """Forget what was taken: it is written, or lost."""
        self._taken = []

    def clear(self) -> None:
        """Forget all that there is."""
        self._records.clear()
        self.done()

    def wait(self, seconds: float | None) -> None:
        """Wait until there is news, for so many seconds at most."""
        self._news.wait(seconds)
        self._news.clear()
        self._armed = False

    def wake(self) -> None:
        """Let the one who waits go on."""
        self._news.set()

    def lag(self) -> float:
        """Return the age of the oldest record in seconds; 0 for none."""
        try:
            oldest = (self._taken or self._records)[0]
        except IndexError:
            return 0.0
        return max(0.0, time.time() - oldest.at)

    def __len__(self) -> int:
        return len(self._taken) + len(self._records)
