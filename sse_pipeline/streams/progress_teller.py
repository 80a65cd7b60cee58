"""The thread of this process that tells readers how far components are.

A producer may say how far it is with each row that it reads, and each telling is a commit. So of
each component the latest is told, once in `PROGRESS_INTERVAL` seconds, and nobody waits for it.
"""

from __future__ import annotations

import os
import threading
import time
from typing import NamedTuple

from .. import conf
from ..escaping import make_logger
from ..exceptions import StoreUnavailable, StreamNotFound
from ..lifecycle.causes import Cause
from ..stores import Store
from . import commits
from .plans import run
from .schedule import Schedule
from .watchdog import watchdog_of

logger = make_logger(__name__)


class _Telling(NamedTuple):
    store: Store
    stream_id: str
    cause: Cause
    #: Seconds in which no other is told. Asked of the caller's settings: the thread raises nothing.
    interval: float

    @property
    def key(self) -> str:
        return _key(self.stream_id, self.cause.name)

    @property
    def attempt(self) -> int:
        return self.cause.attempt or 0


class ProgressTeller:
    """Tells the progress of components. Its thread starts with the first one, and is a daemon.

    What could not be told because the store did not answer is told later, if nothing newer came.
    """

    def __init__(self) -> None:
        self.start_clean()

    def start_clean(self) -> None:
        """Forget everything. A forked child calls this: the threads of the parent are not there."""
        #: Guards all fields below, and wakes the thread. Nothing is called while it is held.
        self._changed = threading.Condition()
        #: What is not told yet, by stream and component.
        self._latest: dict[str, _Telling] = {}
        #: When each component may be told of again. One that is not in it may be told of now.
        self._schedule = Schedule()
        self._thread: threading.Thread | None = None

    def put(self, store: Store, stream_id: str, cause: Cause) -> None:
        """Tell a progress soon, in the place of one that waits.

        One of an earlier attempt takes no place: the attempt may not know that it was followed.
        """
        telling = _Telling(store, stream_id, cause, conf.get().PROGRESS_INTERVAL)
        with self._changed:
            waiting = self._latest.get(telling.key)
            if waiting is not None and waiting.attempt > telling.attempt:
                return
            self._latest[telling.key] = telling
            if telling.key not in self._schedule:
                self._schedule.put(telling.key, time.monotonic())
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sse-progress", daemon=True)
                self._thread.start()

    def take(self, stream_id: str, component: str) -> Cause | None:
        """Return what was not told of a component that settles: the caller tells it."""
        with self._changed:
            telling = self._latest.pop(_key(stream_id, component), None)
        return None if telling is None else telling.cause

    def _run(self) -> None:
        while True:
            telling = self._next()
            if _tell(telling):
                self._forget(telling)

    def _next(self) -> _Telling:
        """Wait for a progress whose time has come. Its component rests from now on."""
        with self._changed:
            while True:
                now = time.monotonic()
                key = self._schedule.pop(now)
                if key is None:
                    due = self._schedule.next_due
                    self._changed.wait(None if due is None else max(0.0, due - now))
                elif (telling := self._latest.get(key)) is not None:
                    self._schedule.put(key, now + telling.interval)
                    return telling

    def _forget(self, telling: _Telling) -> None:
        with self._changed:
            if self._latest.get(telling.key) is telling:  # and no newer one
                del self._latest[telling.key]


def _key(stream_id: str, component: str) -> str:
    return f"{stream_id} {component}"


def _tell(telling: _Telling) -> bool:
    """Commit a progress; return False if it is to be tried again."""
    store, stream_id, cause, _ = telling
    watch = watchdog_of(store).watch
    try:
        run(commits.change(store, stream_id, cause, watch=watch), "a thread")
    except StreamNotFound:
        return True
    except StoreUnavailable as error:
        logger.info("the progress of stream %s is not told yet: %s", stream_id, error)
        return store.closed
    except Exception:
        logger.exception("the progress of stream %s could not be told", stream_id)
    return True


#: Made at once: of two, made by two threads, one would be asked for what only the other knows.
_teller = ProgressTeller()
os.register_at_fork(after_in_child=_teller.start_clean)


def progress_teller() -> ProgressTeller:
    """Return the teller of this process."""
    return _teller
