"""The copy of one stream in this process.

Redis has the truth; readers in this process see the replica. For any number of readers the
process reads each frame from Redis once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..log import Log
from .codec import as_mapping, bodies_of, parse_entry_id, parse_flags

#: Entries of a stream, as the server returns them: the id and the fields of each.
Entries: TypeAlias = Sequence[tuple[bytes, Sequence[bytes]]]


class ReplicaLog:
    """The frames of a replica: a `Log` that is filled from entries, each a batch of frames.

    Two threads may fill it at the same time: the fetcher, on request, and a bell reader. Each reads
    from the position that it saw, so both may bring the same entries. The lock and the position
    make sure that every entry is taken once and in order. A single filling thread was rejected:
    every frame would wait for a hand-over between two threads.
    """

    def __init__(self, limit: int) -> None:
        self.log = Log(limit)
        #: The last entry that was taken: the number of its last frame, and its version.
        self.position = (0, 0)
        #: Guards the position and the order of the log. It is taken before the lock of the log.
        self._filling = threading.Lock()

    def fill(self, entries: Entries, first_frame: bytes | None) -> int:
        """Append the frames of new entries and ring; return how many entries were given.

        `first_frame` is frame 1, which readers get though Redis has dropped it. Frames that Redis
        has dropped since the last call are skipped: readers see a gap.
        """
        with self._filling:
            for entry_id, fields in entries:
                last, version = parse_entry_id(entry_id)
                # The version decides where a commit brought no frame: `last` is the same then.
                if (last, version) > self.position:
                    entry = as_mapping(fields)
                    self._append(last, bodies_of(entry), first_frame)
                    self.position = (last, version)
                    cancelled, ended = parse_flags(entry.get(b"flags", b""))
                    # After the frames: a reader that sees `ended` has the terminal frame.
                    self.log.cancelled |= cancelled
                    self.log.ended |= ended
        if entries:
            self.log.ring()  # outside of the lock: a bell may call into other code
        return len(entries)

    def _append(self, last: int, bodies: list[bytes], first_frame: bytes | None) -> None:
        before = last - len(bodies)
        if before > 0 and self.log.last == 0 and first_frame:
            self.log.append([first_frame])
        if before > self.log.last:
            self.log.skip(before)
        self.log.append(bodies)


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
    #: The bytes that all producers sent, as the server said last.
    sent_bytes: int = 0
    #: The bytes that this process accepted and has not written yet. Producers add to it and the
    #: writer subtracts, without a lock for each frame: see `release`.
    queued_bytes: int = 0
    #: The components that this process lost to another one. Their frames are refused.
    fenced: frozenset[str] = frozenset()
    #: The names of the processes that work on pending components.
    processes: frozenset[str] = frozenset()
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
