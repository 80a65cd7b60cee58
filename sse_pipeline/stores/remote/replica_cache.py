"""The replicas of this process: of the streams that it works on or reads."""

from __future__ import annotations

import enum
import threading
import time

from ...lifecycle.snapshot import Snapshot
from ..log import Log
from .replica import Replica, ReplicaLog


class Wanted(enum.Enum):
    """What a process wants to hear of a stream: its batches, or its flags alone."""

    BATCHES = enum.auto()
    FLAGS = enum.auto()


class ReplicaCache:
    """The replicas by the id of their stream. Any thread may call it."""

    def __init__(self, held_bytes: int, idle: float) -> None:
        self._held_bytes = held_bytes
        self._idle = idle
        #: Guards the membership of `_replicas`, and of each replica `attached`, `frame_log` and
        #: `used_at`. No other lock is taken inside of it. `find` reads without it: a lookup in a
        #: dict is atomic.
        self._lock = threading.Lock()
        self._replicas: dict[str, Replica] = {}

    def find(self, stream_id: str) -> Replica | None:
        """Return the replica of a stream, if there is one."""
        return self._replicas.get(stream_id)

    def all(self) -> list[Replica]:
        """Return every replica."""
        return list(self._replicas.values())

    def wanted_of(self, stream_id: str) -> Wanted | None:
        """Return what this process wants to hear of a stream; None for nothing.

        A process that only produces does not hear its own frames.
        """
        replica = self._replicas.get(stream_id)
        if replica is None or not replica.known:
            return None
        if (frame_log := replica.frame_log) is not None:
            return None if frame_log.log.ended else Wanted.BATCHES
        is_awaited = replica.is_watched and not replica.flag_log.ended
        return Wanted.FLAGS if is_awaited else None

    def worked_on_by(self, process: str) -> list[str]:
        """Return the open streams that have a pending component of a process."""
        return [
            replica.stream_id
            for replica in self.all()
            if process in replica.processes and not replica.flag_log.ended
        ]

    def use(self, stream_id: str) -> Replica:
        """Return the replica of a stream, a new one if there is none."""
        with self._lock:
            replica = self._get(stream_id)
            # Inside of the lock, or `purge` could drop a replica that was just handed out.
            replica.used_at = time.monotonic()
            return replica

    def update(self, snapshot: Snapshot) -> Replica:
        """Take over what a snapshot says that the server holds."""
        replica = self.use(snapshot.stream_id)
        tallies = snapshot.traffic.components
        replica.known = True
        replica.sent_bytes = max(replica.sent_bytes, snapshot.traffic.bytes)
        replica.processes = frozenset(
            tallies[each.source].owner
            for each in snapshot.registry.pending()
            if each.source in tallies and tallies[each.source].owner
        )
        replica.set_flags(snapshot.cancelled, snapshot.terminal)
        return replica

    def attach(self, stream_id: str, *, frames: bool) -> tuple[Replica, bool]:
        """Count one more follower of a stream; with `frames` its frames are copied from now on.

        Return the replica, and whether what the follower wants was followed before.
        """
        with self._lock:
            replica = self._get(stream_id)
            replica.attached += 1
            is_followed = replica.frame_log is not None or (replica.is_watched and not frames)
            if frames and replica.frame_log is None:
                replica.frame_log = ReplicaLog(self._held_bytes)
            replica.is_watched |= not frames
            return replica, is_followed

    def detach(self, stream_id: str) -> bool:
        """Take an `attach` back; return whether it was the last one, which drops the frames."""
        with self._lock:
            replica = self._replicas.get(stream_id)
            if replica is None or not replica.attached:
                return False
            replica.attached -= 1
            replica.used_at = time.monotonic()
            if replica.attached or replica.frame_log is None:
                return False
            replica.frame_log = None
            return True

    def purge(self) -> list[str]:
        """Drop the replicas that nobody has used or read for a while; return their streams."""
        since = time.monotonic() - self._idle
        with self._lock:
            idle = [
                each.stream_id
                for each in self._replicas.values()
                if not (each.attached or each.queued_bytes) and each.used_at < since
            ]
            for stream_id in idle:
                del self._replicas[stream_id]
            return idle

    def _get(self, stream_id: str) -> Replica:
        replica = self._replicas.get(stream_id)
        if replica is None:
            replica = self._replicas[stream_id] = Replica(stream_id, Log(self._held_bytes))
        return replica
