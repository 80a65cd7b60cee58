"""The copy of one stream in this process.

Redis has the truth; readers in this process see the replica. For any number of readers the
process reads each frame from Redis once.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..log import Log
from .batch import Batch

#: A replica keeps so many batches that came before those that they follow.
_AHEAD = 16


class ReplicaLog:
    """The frames of a replica: a `Log` that is filled with batches.

    Two threads fill it: the subscriber with batches that were published, and the fetcher with
    entries of the log in Redis. The lock and the position make sure that every batch is taken once
    and in order, whoever brings it first. A single filling thread was rejected: every frame would
    wait for a hand-over between two threads.
    """

    def __init__(self, limit: int) -> None:
        self.log = Log(limit)
        #: The place of the last batch that was taken.
        self.position = (0, 0)
        #: Guards the position, the order of the log and `_ahead`. It is taken before the lock of
        #: the log.
        self._filling = threading.Lock()
        #: What was published behind a hole. Without it, a stream that is faster than the fetcher
        #: would never be whole again. The oldest goes when there are too many.
        self._ahead: deque[Batch] = deque(maxlen=_AHEAD)

    def take(self, batch: Batch) -> bool:
        """Take a batch that was published, and ring; return whether no frame is missing before it.

        A batch behind a hole is kept until `fill` has closed the hole.
        """
        with self._filling:
            if batch.before > self.log.last:
                self._ahead.append(batch)
                return False
            self._take(batch)
        self.log.ring()  # outside of the lock: a bell may call into other code
        return True

    def fill(self, batches: Iterable[Batch], first_frame: bytes | None) -> None:
        """Take batches that were read from the log in Redis, and ring.

        `first_frame` is frame 1, which readers get though Redis has dropped it. Frames that Redis
        has dropped since the last call are skipped: readers see a gap.
        """
        with self._filling:
            before = self.position
            for batch in batches:
                if batch.before > 0 and self.log.last == 0 and first_frame:
                    self.log.append([first_frame])
                if batch.before > self.log.last:
                    self.log.skip(batch.before)
                self._take(batch)
            while self._ahead and self._ahead[0].before <= self.log.last:
                self._take(self._ahead.popleft())
            changed = self.position != before
        if changed:
            self.log.ring()

    def _take(self, batch: Batch) -> None:
        if batch.position > self.position:
            self.log.append(batch.bodies[self.log.last - batch.before :])
            self.position = batch.position
            # After the frames: a reader that sees `ended` has the terminal frame.
            self.log.cancelled |= batch.cancelled
            self.log.ended |= batch.ended


@dataclass(eq=False, slots=True)
class Replica:
    """The state of one stream, as this process knows it."""

    stream_id: str
    #: The flags and the bell, without frames. It serves `is_complete` and `cancelled`, so that a
    #: producer does not copy the frames of its own stream.
    flag_log: Log
    #: The frames, while someone reads them in this process.
    frame_log: ReplicaLog | None = None
    #: How many calls of `attach` were not taken back yet.
    attached: int = 0
    #: Whether the server is known to have the stream.
    known: bool = False
    #: Whether someone asked for the flags in this process, which are heard of from then on.
    is_watched: bool = False
    #: The bytes that all producers sent, as the server said last.
    sent_bytes: int = 0
    #: The bytes that this process accepted and has not written yet. Producers add to it and the
    #: writer subtracts, without a lock for each frame: see `release`.
    queued_bytes: int = 0
    #: The components that this process lost to another one. Their frames are refused.
    fenced: frozenset[str] = frozenset()
    #: The names of the processes that work on pending components.
    processes: frozenset[str] = frozenset()
    #: From when on an append has to renew the life of the keys, by this process's monotonic clock.
    renew_at: float = 0.0
    #: Why frames of this process were given up; all further calls fail.
    failure: Exception | None = None
    used_at: float = field(default_factory=time.monotonic)

    def set_flags(self, cancelled: bool, ended: bool) -> None:
        """Set the flags, never take them back, and wake those that wait for them."""
        if (cancelled, ended) != (self.flag_log.cancelled, self.flag_log.ended):
            self.flag_log.cancelled |= cancelled
            self.flag_log.ended |= ended
            self.flag_log.ring()

    def forget(self, *, was_known: bool) -> None:
        """Note that the server does not have the stream.

        `was_known` is whether the stream was known before the server was asked. If so, it has
        vanished, and nobody waits for its end any longer. If not, it may be opened still.
        """
        if not was_known:
            return
        self.known = False
        self.set_flags(cancelled=False, ended=True)
        if self.frame_log is not None:
            self.frame_log.log.ended = True
            self.frame_log.log.ring()

    def fail(self, error: Exception) -> None:
        """Fail those who read the stream here: it can't be read on."""
        for log in (self.flag_log, self.frame_log.log if self.frame_log else None):
            if log is not None:
                log.fail(error)

    def release(self, size: int) -> None:
        """Subtract bytes that were written or given up from those that are queued.

        A producer adds to the same number in another thread. Both statements are atomic in
        CPython as long as they call nothing between the read and the write, so `size` has to be
        computed before.
        """
        self.queued_bytes -= size
