"""The store in the memory of this process: the default, with nothing to install."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from .. import signals
from ..exceptions import FrameTooLarge, StoreUnavailable, StreamEnded, StreamNotFound
from ..frames import Frame
from ..lifecycle.snapshot import Snapshot
from ..lifecycle.traffic import Traffic
from . import stream_contents
from .base import Store
from .log import FRAME_BYTES, Log
from .stream_contents import Inspection
from .total import STREAM_BYTES, TotalBound


class MemoryStore(Store):
    """Streams of one process. Each method answers at once.

    A subclass may set `log_class` to a log of its own.
    """

    can_inspect = True
    has_keys = True
    log_class: ClassVar[type[Log]] = Log
    arguments: ClassVar[Mapping[str, str]] = {
        **Store.arguments,
        "store_bytes": "STORE_BYTES",
        "content_bytes": "CONTENT_BYTES",
    }

    def __init__(
        self,
        *,
        held_bytes: int,
        max_stream_bytes: int,
        keep: float,
        store_bytes: int = 1 << 30,
        content_bytes: int = 1 << 24,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pid = os.getpid()
        self._clock = clock
        self._held_bytes = held_bytes
        self._content_bytes = content_bytes
        self._max_stream_bytes = max_stream_bytes
        self._keep = keep
        # Read and changed by single operations on the dict, which are atomic: no lock is needed.
        self._entries: dict[str, _Entry] = {}
        self._ended: deque[_Entry] = deque()
        self._total = TotalBound(store_bytes)
        #: Guards the comparison and the change of a text in `_keys`.
        self._swapping = threading.Lock()
        #: The text of each key, and the time at which it is over.
        self._keys: dict[str, tuple[str, float]] = {}
        self._most_keys = 1000
        #: Guards the taking from `_ended`: two threads that sweep must not take one entry each and
        #: leave a stale one in front.
        self._sweeping = threading.Lock()

    @property
    def kept(self) -> int:
        """The number of streams that are kept, open or ended."""
        return len(self._entries)

    def forget(self, stream_id: str) -> None:
        """Drop a stream, as if its time were over."""
        self._entries.pop(stream_id, None)

    def now(self) -> float:
        return self._clock()

    def load(self, stream_id: str) -> Snapshot | None:
        entry = self._entries.get(stream_id)
        if entry is None or self._is_stale(entry):
            return None
        return entry.snapshot

    def commit(
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Snapshot:
        entry = self._entry(stream_id) if old.version else self._open(stream_id, old)
        with entry.lock:
            if entry.snapshot.version != old.version:
                return entry.snapshot
            entry.commit(new, frames, self.now())
        if new.terminal:
            self._ended.append(entry)
            self.sweep()
        entry.log.ring()
        opening = 0 if old.version else STREAM_BYTES
        if self._total.is_due(opening + sum(len(frame.body) + FRAME_BYTES for frame in frames)):
            self._keep_total()
        return new

    def append(self, stream_id: str, frame: Frame) -> None:
        entry, size = self._entry(stream_id), len(frame.body)
        log = entry.log
        with entry.lock:
            if log.ended:
                raise StreamEnded(f"stream {stream_id} is {entry.snapshot.state}")
            if frame.component in entry.fenced:
                raise StreamEnded(f"{frame.component} of stream {stream_id} was given up")
            traffic = entry.traffic
            if traffic.bytes + size > self._max_stream_bytes:
                raise FrameTooLarge.for_stream(stream_id, self._max_stream_bytes)
            traffic.count(frame, self.now())
            log.append((frame.body,), frame.component)
        log.ring()
        if self._total.is_due(size + FRAME_BYTES):
            self._keep_total()

    def note(self, stream_id: str, component: str, note: str) -> None:
        entry = self._entries.get(stream_id)
        name = component.partition("@")[0]  # of an attempt
        if entry is not None and entry.snapshot.registry.get(name):
            entry.traffic.keep_note(component, note, self.now())

    def attach(self, stream_id: str, after: int = 0) -> Log:
        return self._entry(stream_id).log

    def detach(self, stream_id: str) -> None:
        pass

    def inspect(self, stream_id: str, most: int = 20) -> Inspection | None:
        entry = self._entries.get(stream_id)
        return None if entry is None else stream_contents.inspect(entry.log, most)

    def read_key(self, key: str) -> str:
        text, until = self._keys.get(key, ("", 0.0))
        return text if until > self.now() else ""

    def swap_key(self, key: str, old: str, new: str, life: float) -> str:
        with self._swapping:
            if (held := self.read_key(key)) != old:
                return held
            self._keys[key] = (new, self.now() + life)
            if len(self._keys) > self._most_keys:
                self._keys = {
                    each: kept for each, kept in self._keys.items() if kept[1] > self.now()
                }
                self._most_keys = 1000 + 2 * len(self._keys)  # so that few calls look at all
            return new

    def open_streams(self) -> list[str]:
        return [key for key, entry in list(self._entries.items()) if not entry.log.ended]

    def sweep(self) -> float | None:
        with self._sweeping:
            while self._ended and self._is_stale(self._ended[0]):
                entry = self._ended.popleft()
                self._entries.pop(entry.snapshot.stream_id, None)
            if not self._ended:
                return None
            ended_at = self._ended[0].snapshot.ended_at or 0.0
            return max(0.0, ended_at + self._keep - self.now())

    def close(self) -> None:
        self.closed = True
        entries, self._entries = self._entries, {}
        self._ended = deque()
        if self._pid == os.getpid():  # in a fork a lock may be held by a thread that is not there
            for entry in entries.values():
                entry.log.fail(StoreUnavailable("the store was closed"))
            super().close()

    def _keep_total(self) -> None:
        """Drop what is too much. No lock of an entry is held: the logs of others are changed."""
        logs = [entry.log for entry in list(self._entries.values())]
        if self._total.keep(logs, self._forget_oldest):
            signals.notify_limit("STORE_BYTES")

    def _forget_oldest(self) -> bool:
        """Forget the stream that ended first; return False if none has ended."""
        with self._sweeping:
            if not self._ended:
                return False
            self._entries.pop(self._ended.popleft().snapshot.stream_id, None)
            return True

    def _open(self, stream_id: str, old: Snapshot) -> "_Entry":
        entry = _Entry(old, self.log_class(self._held_bytes, self._content_bytes))
        return self._entries.setdefault(stream_id, entry)  # the first of two threads wins

    def _entry(self, stream_id: str) -> "_Entry":
        try:
            return self._entries[stream_id]
        except KeyError:
            raise StreamNotFound(
                f"stream {stream_id} is not known here; with SSE_PIPELINE['STORE'] = 'memory'"
                " a stream is known in the process that opened it, and nowhere else"
            ) from None

    def _is_stale(self, entry: "_Entry") -> bool:
        ended_at = entry.snapshot.ended_at
        return ended_at is not None and self.now() - ended_at >= self._keep


class _Entry:
    """One stream: its snapshot and its log."""

    __slots__ = ("fenced", "lock", "log", "snapshot")

    def __init__(self, snapshot: Snapshot, log: Log) -> None:
        #: Guards snapshot, traffic and log together, so that a commit is one step. The lock of the
        #: log is taken inside of it. Notes come without it: each is a single assignment.
        self.lock = threading.Lock()
        self.log = log
        self.snapshot = snapshot
        #: The attempts of components that others have followed: they may send no more.
        self.fenced: frozenset[str] = frozenset()

    @property
    def traffic(self) -> Traffic:
        return self.snapshot.traffic

    def commit(self, snapshot: Snapshot, frames: Sequence[Frame], now: float) -> None:
        if snapshot.registry is not self.snapshot.registry:
            self.fenced = frozenset(snapshot.registry.earlier_attempts())
        self.snapshot = snapshot
        self.traffic.at = now
        self.log.append([frame.recounted(self.traffic.count_of) for frame in frames])
        self.log.cancelled = snapshot.cancelled
        self.log.ended = snapshot.terminal
