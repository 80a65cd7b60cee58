"""The backlog: the records that are not written yet. It is bounded, and the oldest go first."""

import threading
import time
from collections import deque
from typing import NamedTuple

from ..lifecycle.causes import Cause
from ..lifecycle.decision import Step
from ..lifecycle.snapshot import Snapshot


class Record(NamedTuple):
    """One commit: its outcome, and its time in seconds since the epoch."""

    snapshot: Snapshot
    cause: Cause
    steps: list[Step]
    at: float


class Backlog:
    """A queue of records from any thread to the thread of the writer.

    A snapshot has the whole state of its stream, so the newest records are worth the most: if there
    are more than `limit`, the oldest are dropped and counted.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # `put` runs in the producers' threads, for each commit, and takes no lock: a single
        # operation on a deque is atomic. `maxlen` bounds it even if two threads race.
        self._records: deque[Record] = deque(maxlen=limit)
        # Only the writer changes this. They are in no queue, so no other thread can drop them.
        self._taken: list[Record] = []
        self._news = threading.Event()
        # Whether `_news` is set already. To set an event takes a lock, and `put` must be cheap.
        self._armed = False
        #: Guards `dropped`, which any thread increases. No other lock is taken while it is held.
        self._counting = threading.Lock()
        #: How many records were dropped.
        self.dropped = 0

    def put(self, record: Record) -> None:
        """Add a record. Many records wake the writer only once."""
        # Two threads that race here may count one drop too few or too many. Exactness would cost
        # each commit a lock.
        if len(self._records) >= self._limit:
            self.count_dropped(1)
        self._records.append(record)
        if not self._armed:
            self._armed = True
            self._news.set()

    def count_dropped(self, count: int) -> None:
        """Count records that are dropped."""
        with self._counting:
            self.dropped += count

    def take(self, most: int) -> list[Record]:
        """Return the next records, `most` at most; the same ones again until `done`."""
        if not self._taken:
            count = min(most, len(self._records))
            # A full queue may drop its oldest record between two calls of `popleft`, but it never
            # becomes shorter: `append` adds one record for each that it drops.
            self._taken = [self._records.popleft() for _ in range(count)]
        return self._taken

    def done(self) -> None:
        """Forget the records that were taken: they are written, or dropped."""
        self._taken = []

    def clear(self) -> None:
        """Forget all records."""
        self._records.clear()
        self.done()

    def wait(self, seconds: float | None) -> None:
        """Wait for new records, at most for so many seconds."""
        self._news.wait(seconds)
        # In this order: a record that comes in between is read by the writer after this wait, and a
        # later one finds `_armed` false and sets the event again.
        self._news.clear()
        self._armed = False

    def wake(self) -> None:
        """End the wait of the writer."""
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
