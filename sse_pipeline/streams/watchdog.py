"""The watchdog: one thread of a process that enforces the bounds of all its streams."""

import math
import os
import threading
from functools import partial
from weakref import WeakKeyDictionary

from ..escaping import make_logger
from ..lifecycle.deadlines import due_at, overdue, ready_finalizer
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..tracing import trace_hooks
from .commits import attempt
from .finalizing import finalizing
from .open_streams import OpenStreams
from .plans import Plan, run, wait
from .schedule import Schedule

logger = make_logger(__name__)

#: Seconds until a stream that could not be checked is tried again.
RETRY = 5.0
#: Seconds after which the thread looks again in any case. A lock takes no time above 9.2e9 seconds,
#: and the record of another process may name one.
LONGEST_PAUSE = 3600.0


def enforce(store: Store, stream_id: str) -> Plan[float]:
    """Apply every bound that a stream has reached, and let its finalizers run.

    Return the time of the next check.
    """
    watch = watchdog_of(store).watch
    snapshot = yield from wait(store.load(stream_id))
    while snapshot is not None and (cause := overdue(snapshot, store.now())):
        snapshot = yield from attempt(store, snapshot, cause, watch=watch)
    if snapshot is None or snapshot.terminal:
        watchdog_of(store).leave(stream_id, snapshot)
    elif ready_finalizer(snapshot, store.now()):
        finalizing().start(store, stream_id, watch)
        # Its own commits are watched. It may run elsewhere, or wait for a thread.
        return min(store.now() + RETRY, snapshot.finalize_by or math.inf)
    return math.inf if snapshot is None else _next_check(store, snapshot)


def _next_check(store: Store, snapshot: Snapshot) -> float:
    if store.recheck is None or snapshot.terminal:
        return due_at(snapshot)
    return min(due_at(snapshot), store.now() + store.recheck)


class Watchdog:
    """Watches the streams of one store. Its thread starts with the first stream, and is a daemon.

    A stream is checked when its bound is due, and not at each frame: frames that came since then
    only move the bound. A stream that can't be checked is tried again after `retry` seconds.
    """

    def __init__(self, store: Store, *, retry: float = RETRY) -> None:
        self._store = store
        self._retry = retry
        #: The streams that this process has opened.
        self.opened = OpenStreams(self.check_soon)
        #: Guards all fields below, and wakes the thread. No store is called while it is held,
        #: except for its clock.
        self._changed = threading.Condition()
        self._schedule = Schedule()
        self._thread: threading.Thread | None = None
        self._stopped = False
        # Set when an earlier time came while the thread was checking and could not be notified.
        self._woken = False

    @property
    def schedule(self) -> Schedule:
        """The streams that are watched."""
        return self._schedule

    def watch(self, snapshot: Snapshot) -> None:
        """Check a stream when its next bound is due; forget a stream that has ended."""
        if snapshot.terminal:
            self.leave(snapshot.stream_id, snapshot)
        with self._changed:
            self._put(snapshot.stream_id, _next_check(self._store, snapshot))
            self._start()

    def leave(self, stream_id: str, snapshot: Snapshot | None) -> None:
        """Take note that a stream has ended, as a snapshot says, or is not there (None)."""
        self.opened.leave(stream_id)
        trace_hooks.current.leave(stream_id, snapshot)

    def check_soon(self, stream_id: str) -> None:
        """Check a stream now."""
        with self._changed:
            self._put(stream_id, self._store.now())
            self._wake()  # in any case: the clock may have jumped beyond a time that is scheduled
            self._start()

    def check_due(self) -> float | None:
        """Check every stream that is due; return the seconds until the next, None for no next."""
        while (stream_id := self._pop()) is not None:
            self._check(stream_id)
        pauses = [self._store.sweep(), self._until_next()]
        return min((pause for pause in pauses if pause is not None), default=None)

    def stop(self, *, waits: bool = True) -> None:
        """End the thread, and wait for it."""
        with self._changed:
            self._stopped = True
            self._wake()
            thread = self._thread
        if waits and thread is not None:
            thread.join()

    def _start(self) -> None:
        if self._thread is None and not (self._stopped or self._store.closed):
            self._thread = threading.Thread(target=self._run, name="sse-watchdog", daemon=True)
            self._thread.start()

    def _put(self, stream_id: str, due: float) -> None:
        if self._schedule.put(stream_id, due):
            self._wake()

    def _wake(self) -> None:
        self._woken = True
        self._changed.notify()

    def _pop(self) -> str | None:
        with self._changed:
            return self._schedule.pop(self._store.now())

    def _until_next(self) -> float | None:
        with self._changed:
            due = self._schedule.next_due
            return None if due is None else max(0.0, due - self._store.now())

    def _check(self, stream_id: str) -> None:
        try:
            due = run(enforce(self._store, stream_id), "a thread")
        except Exception:
            logger.exception("stream %s could not be checked", stream_id)
            due = self._store.now() + self._retry
        with self._changed:
            self._put(stream_id, due)

    def _run(self) -> None:
        while not self._stopped and not self._store.closed:
            try:
                pause = self.check_due()
            except Exception:
                logger.exception("the watchdog failed once and goes on")
                pause = self._retry
            with self._changed:
                if not self._stopped and not self._woken:
                    self._changed.wait(
                        LONGEST_PAUSE if pause is None else min(pause, LONGEST_PAUSE)
                    )
                self._woken = False


_watchdogs: WeakKeyDictionary[Store, Watchdog] = WeakKeyDictionary()
# The threads of the parent do not live in a forked child.
os.register_at_fork(after_in_child=_watchdogs.clear)


def watchdog_of(store: Store) -> Watchdog:
    """Return the watchdog of a store in this process. It checks what the store asks for."""
    try:
        return _watchdogs[store]
    except KeyError:
        if store.closed:  # a late call, such as one of a thread: nobody would end what is kept
            return Watchdog(store)
        # `setdefault`: of two threads the first one's watchdog is used by both.
        watchdog = _watchdogs.setdefault(store, Watchdog(store))
        store.on_check_requested(watchdog.check_soon)
        store.on_closed(partial(_forget, store))
        if store.closed:  # meanwhile
            _forget(store)
        return watchdog


def _forget(store: Store) -> None:
    """End the watchdog of a store that was closed. It may be the caller, and is not waited for."""
    watchdog = _watchdogs.pop(store, None)
    if watchdog is not None:
        watchdog.stop(waits=False)
