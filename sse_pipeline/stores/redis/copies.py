"""What this process knows of the streams that it works on or reads."""

from __future__ import annotations

import threading
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ...lifecycle.snapshot import Snapshot
from ..log import Log
from .codec import pairs, split

#: Seconds for which a stream is followed that nobody here has used or attached to.
LINGER = 60.0

#: What is read of a stream: the ids of entries, and their fields.
Entries: TypeAlias = Sequence[tuple[bytes, Sequence[bytes]]]


class Filling:
    """A log that is filled from a stream's entries, each of which is a batch of frames."""

    def __init__(self, limit: int) -> None:
        self.log = Log(limit)
        #: The last entry that was taken: the number of its last frame, and its version.
        self.place = (0, 0)
        self._filling = threading.Lock()

    def fill(self, entries: Entries, first: bytes | None) -> int:
        """Append what follows, and ring; `first` is frame 1. Return how many entries there were.

        What was taken already is passed over, and what is no longer held between is skipped.
        """
        with self._filling:
            for position, fields in entries:
                last, version = map(int, position.split(b"-"))
                if (last, version) > self.place:
                    entry = pairs(fields)
                    self._append(last, split(entry[b"frames"]), first)
                    self.place = (last, version)
                    flags = entry.get(b"flags", b"")
                    self.log.cancelled |= b"c" in flags
                    self.log.ended |= b"e" in flags
        if entries:
            self.log.ring()
        return len(entries)

    def _append(self, last: int, bodies: list[bytes], first: bytes | None) -> None:
        before = last - len(bodies)
        if before > 0 and self.log.last == 0 and first:
            self.log.append([first])
        if before > self.log.last:
            self.log.skip(before)
        self.log.append(bodies)


@dataclass(eq=False, slots=True)
class Copy:
    """One stream: its flags, its frames if someone reads them here, and what was sent of it.

    `total` is the bytes sent, as the store last said; `queued` those of them that this process has
    not written yet; `fenced` names the components that it lost.
    """

    stream_id: str
    flags: Log
    filling: Filling | None = None
    attached: int = 0
    known: bool = False
    total: int = 0
    queued: int = 0
    fenced: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    failure: Exception | None = None
    used_at: float = field(default_factory=time.monotonic)

    def tell(self, cancelled: bool, ended: bool) -> None:
        """Set the flags, and wake those who wait for them."""
        if (cancelled, ended) != (self.flags.cancelled, self.flags.ended):
            self.flags.cancelled |= cancelled
            self.flags.ended |= ended
            self.flags.ring()


class Copies:
    """The streams by id. Any thread may ask."""

    def __init__(self, held_bytes: int) -> None:
        self._held_bytes = held_bytes
        self._lock = threading.Lock()
        self._copies: dict[str, Copy] = {}

    def find(self, stream_id: str) -> Copy | None:
        """Return the copy of a stream, if there is one."""
        return self._copies.get(stream_id)

    def all(self) -> list[Copy]:
        """Return every copy."""
        return list(self._copies.values())

    def followed(self, changed: Iterable[str], flags: Container[str]) -> list[str]:
        """Choose from what changed: what is read here, or known and has other flags."""
        return [
            stream_id
            for stream_id in changed
            if (copy := self._copies.get(stream_id)) and (copy.filling or stream_id in flags)
        ]

    def use(self, stream_id: str) -> Copy:
        """Return the copy of a stream, made if need be."""
        with self._lock:
            copy = self._copies.get(stream_id)
            if copy is None:
                copy = self._copies[stream_id] = Copy(stream_id, Log(self._held_bytes))
        copy.used_at = time.monotonic()
        return copy

    def learn(self, snapshot: Snapshot) -> Copy:
        """Take note of a snapshot that the store holds."""
        copy = self.use(snapshot.stream_id)
        tallies = snapshot.traffic.components
        copy.known = True
        copy.total = max(copy.total, snapshot.traffic.bytes)
        copy.owners = frozenset(
            tallies[each.name].owner
            for each in snapshot.registry.pending()
            if each.name in tallies and tallies[each.name].owner
        )
        copy.tell(snapshot.cancelled, snapshot.terminal)
        return copy

    def attach(self, stream_id: str, *, frames: bool) -> Copy:
        """Count one more who follows a stream, and copy its frames from now on if need be."""
        with self._lock:
            copy = self._copies.get(stream_id)
            if copy is None:
                copy = self._copies[stream_id] = Copy(stream_id, Log(self._held_bytes))
            copy.attached += 1
            if frames and copy.filling is None:
                copy.filling = Filling(self._held_bytes)
        return copy

    def detach(self, stream_id: str) -> None:
        """Take an `attach` back; the frames are let go with the last."""
        with self._lock:
            copy = self._copies.get(stream_id)
            if copy is None or not copy.attached:
                return
            copy.attached -= 1
            copy.used_at = time.monotonic()
            if not copy.attached:
                copy.filling = None

    def purge(self) -> None:
        """Forget what nobody has used for a while."""
        since = time.monotonic() - LINGER
        with self._lock:
            for copy in list(self._copies.values()):
                if not copy.attached and not copy.queued and copy.used_at < since:
                    del self._copies[copy.stream_id]
