"""The watchdog: one timer of a process for the bounds of all its streams."""

import heapq
import logging
import math
import os
import threading
from weakref import WeakKeyDictionary

from .deadlines import due_at, overdue
from .operations import Plan, attempt, run
from .snapshot import Snapshot
from .stores import Store

logger = logging.getLogger(__name__)

#: Seconds until a stream that could not be checked is tried again.
RETRY = 5.0


def enforce(store: Store, stream_id: str) -> Plan[float]:
    """Apply every bound that a stream has reached; return when the next one is due."""
    snapshot: Snapshot | None = yield store.load(stream_id)
    while snapshot is not None and (cause := overdue(snapshot, store.now())):
        snapshot = yield from attempt(store, snapshot, cause)
    return math.inf if snapshot is None else _next_look(store, snapshot)


def _next_look(store: Store, snapshot: Snapshot) -> float:
    if store.recheck is None or snapshot.terminal:
        return due_at(snapshot)
    return min(due_at(snapshot), store.now() + store.recheck)


class Watchdog:
    """Watches the streams of one store. Its thread starts with the first and is a daemon.

    A stream is looked at when its bound is due, and not at each frame: what was sent since then
    only moves the bound.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Condition()
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._alarmed = False  # something earlier came while the thread was on patrol

    def watch(self, snapshot: Snapshot) -> None:
        """See to a stream when its next bound is due; or no more, if it has ended."""
        with self._turn:
            self._schedule(snapshot.stream_id, _next_look(self._store, snapshot))
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="sse-watchdog", daemon=True)
                self._thread.start()

    def see_to_soon(self, stream_id: str) -> None:
        """See to a stream now, for something was heard of it."""
        with self._turn:
            self._schedule(stream_id, self._store.now())

    def patrol(self) -> float | None:
        """See to all that is due; return the seconds until the next, None for nothing to do."""
        while (stream_id := self._pop()) is not None:
            self._see_to(stream_id)
        pauses = [self._store.sweep(), self._until_next()]
        return min((pause for pause in pauses if pause is not None), default=None)

    def stop(self) -> None:
        """End the thread, and wait for it."""
        with self._turn:
            self._stopped = True
            self._alarm()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _schedule(self, stream_id: str, due: float) -> None:
        if due == math.inf:
            self._due.pop(stream_id, None)
            if len(self._heap) > 2 * len(self._due) + 1000:
                self._heap = [(at, each) for each, at in self._due.items()]
                heapq.heapify(self._heap)
        elif due < self._due.get(stream_id, math.inf):
            self._due[stream_id] = due
            heapq.heappush(self._heap, (due, stream_id))
            if self._heap[0][1] == stream_id:
                self._alarm()

    def _alarm(self) -> None:
        self._alarmed = True
        self._turn.notify()

    def _pop(self) -> str | None:
        with self._turn:
            while self._heap:
                due, stream_id = self._heap[0]
                current = self._due.get(stream_id) == due
                if current and due > self._store.now():
                    return None
                heapq.heappop(self._heap)
                if current:
                    del self._due[stream_id]
                    return stream_id
            return None

    def _until_next(self) -> float | None:
        with self._turn:
            return max(0.0, self._heap[0][0] - self._store.now()) if self._heap else None

    def _see_to(self, stream_id: str) -> None:
        try:
            due = run(enforce(self._store, stream_id), "a thread")
        except Exception:
            logger.exception("stream %s could not be checked", stream_id)
            due = self._store.now() + RETRY
        with self._turn:
            self._schedule(stream_id, due)

    def _run(self) -> None:
        while not self._stopped and not self._store.closed:
            pause = self.patrol()
            with self._turn:
                if not self._stopped and not self._alarmed:
                    self._turn.wait(pause)
                self._alarmed = False


_watchdogs: WeakKeyDictionary[Store, Watchdog] = WeakKeyDictionary()
os.register_at_fork(after_in_child=_watchdogs.clear)


def of(store: Store) -> Watchdog:
    """Return the watchdog of a store in this process."""
    try:
        return _watchdogs[store]
    except KeyError:
        dog = _watchdogs.setdefault(store, Watchdog(store))
        store.alarm = dog.see_to_soon
        return dog
