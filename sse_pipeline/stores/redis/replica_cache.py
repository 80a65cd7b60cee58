"""The replicas of this process: of the streams that it works on or reads."""

from __future__ import annotations

import threading
import time

from ...lifecycle.snapshot import Snapshot
from ..log import Log
from .bell_entry import Ring
from .replica import Replica, ReplicaLog


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

    def named_in(self, rings: list[Ring]) -> list[str]:
        """Return the streams to update after rings.

        Those are the streams that are read here, and the known ones whose flags changed. A process
        that only produces does not read its own frames back.
        """
        changed = {stream_id for ring in rings for stream_id in ring.streams}
        flags = {stream_id for ring in rings for stream_id in ring.flags}
        return [
            stream_id
            for stream_id in changed
            if (replica := self._replicas.get(stream_id))
            and (replica.frame_log or stream_id in flags)
        ]

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
            tallies[each.name].owner
            for each in snapshot.registry.pending()
            if each.name in tallies and tallies[each.name].owner
        )
        replica.set_flags(snapshot.cancelled, snapshot.terminal)
        return replica

    def attach(self, stream_id: str, *, frames: bool) -> Replica:
        """Count one more follower of a stream; with `frames` its frames are copied from now on."""
        with self._lock:
            replica = self._get(stream_id)
            replica.attached += 1
            if frames and replica.frame_log is None:
                replica.frame_log = ReplicaLog(self._held_bytes)
            return replica

    def detach(self, stream_id: str) -> None:
        """Take an `attach` back. The last one drops the frames."""
        with self._lock:
            replica = self._replicas.get(stream_id)
            if replica is None or not replica.attached:
                return
            replica.attached -= 1
            replica.used_at = time.monotonic()
            if not replica.attached:
                replica.frame_log = None

    def purge(self) -> None:
        """Drop the replicas that nobody has used or read for a while."""
        since = time.monotonic() - self._idle
        with self._lock:
            for replica in list(self._replicas.values()):
                if not (replica.attached or replica.queued_bytes) and replica.used_at < since:
                    del self._replicas[replica.stream_id]

    def _get(self, stream_id: str) -> Replica:
        replica = self._replicas.get(stream_id)
        if replica is None:
            replica = self._replicas[stream_id] = Replica(stream_id, Log(self._held_bytes))
        return replica
