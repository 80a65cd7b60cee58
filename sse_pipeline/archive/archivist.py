"""The archivist: the thread that keeps each stream that has ended, in the background.

The receiver of the signal leaves an id, and nothing else is done where streams are served. The
thread reads the stream from the store as any reader does, and hands its record to the back-end. A
stream that can't be kept now is tried again while the store has it; then it is lost, which is
counted and logged.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from .. import conf, signals, stores
from ..escaping import make_logger
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..stores.base import result_of
from .backend import ArchiveBackend, ArchiveEntry
from .choice import current
from .lookup import SWEPT, in_thread
from .record import ArchivedFrames, dump_frames, dump_head, shifted, without_audio

logger = make_logger(__name__)

#: Seconds that the store has for an answer, and that the last streams have when the process ends.
_ANSWER = 30.0
_STOP = 5.0
#: Pauses after a failure: the first, and the longest, in seconds.
_PAUSES = (0.5, 15.0)
#: Seconds between two sweeps of this process.
_SWEEP = 60.0


class _Work(NamedTuple):
    stream_id: str
    #: When the store forgets the stream, by `time.monotonic`.
    until: float


class Archivist:
    """Keeps the streams that end in this process. Any thread may call it."""

    _waiting: deque[_Work]
    _thread: threading.Thread | None
    _busy: bool

    def __init__(self) -> None:
        self.lost = 0
        self._make()

    def start_clean(self) -> None:
        """Forget the thread and what waits: a forked child has neither."""
        self._make()

    def hear(self, *, snapshot: Snapshot, **_: Any) -> None:
        """Take note of an end."""
        settings = conf.get()
        if settings.ARCHIVE is None:
            return
        dropped: _Work | None = None
        with self._changed:
            if len(self._waiting) >= settings.ARCHIVE_QUEUE:
                dropped = self._waiting.popleft()
            self._waiting.append(_Work(snapshot.stream_id, time.monotonic() + settings.KEEP))
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="sse-archive", daemon=True)
                self._thread = thread
                thread.start()
                # A command serves no lifespan. It is registered after the store was, and so called
                # before the store is closed.
                atexit.register(self.stop)
            self._changed.notify_all()
        if dropped is not None:
            self._lose(dropped.stream_id, "SSE_PIPELINE['ARCHIVE_QUEUE'] streams wait already")
            signals.notify_limit("ARCHIVE_QUEUE")

    def flush(self, timeout: float = _STOP) -> bool:
        """Wait until nothing waits; return False if that takes too long."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not (self._waiting or self._busy), timeout)

    def stop(self, timeout: float = _STOP) -> None:
        """Keep what waits, for `timeout` seconds at most, and end the thread."""
        if self._thread is None:
            return
        atexit.unregister(self.stop)
        self.flush(timeout)
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread is not None:
            thread.join(timeout)
        with self._changed:
            left, self._waiting = self._waiting, deque()
        for each in left:
            self._lose(each.stream_id, "the process ends")

    def _make(self) -> None:
        #: Guards what follows. No other lock is taken while it is held.
        self._changed = threading.Condition()
        self._waiting = deque()
        self._thread = None
        self._busy = False
        #: Whether somebody waits: then no pause is made.
        self._hurried = False
        # The thread alone uses these.
        self._pause = _PAUSES[0]
        self._sweep_at = 0.0

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                backend = current()
                if backend is not None and self._keep(backend, work):
                    self._sweep(backend)
            except ImproperlyConfigured as error:
                self._lose(work.stream_id, str(error))
            except BaseException as error:  # noqa: BLE001 - no error may end the thread
                self._fail(work, error)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _next(self) -> _Work | None:
        """Wait for an ended stream; None if the thread has to end."""
        me = threading.current_thread()
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._thread is not me)
            if self._thread is not me:
                return None
            self._busy = True
            return self._waiting.popleft()

    def _keep(self, backend: ArchiveBackend, work: _Work) -> bool:
        """Keep a stream; leave it for later, and wait, if that fails."""
        try:
            entry = _entry_of(stores.current(), work.stream_id)
            if entry is None:
                self._lose(work.stream_id, "the store has forgotten it")
                return False
            in_thread(lambda: backend.put(entry))
        except Exception as error:  # noqa: BLE001 - a back-end may raise what it likes
            self._fail(work, error)
            return False
        self._pause = _PAUSES[0]
        return True

    def _fail(self, work: _Work, error: BaseException) -> None:
        if time.monotonic() + self._pause >= work.until:
            self._lose(work.stream_id, repr(error))
            return
        logger.warning(
            "stream %s can't be archived, and is tried again: %r", work.stream_id, error,
            extra={"stream_id": work.stream_id},
        )  # fmt: skip
        with self._changed:
            self._waiting.append(work)  # behind the others: it may be to blame itself
            self._changed.wait_for(lambda: self._hurried or self._thread is None, self._pause)
            self._hurried = False
        self._pause = min(2 * self._pause, _PAUSES[1])

    def _lose(self, stream_id: str, reason: str) -> None:
        logger.error(
            "stream %s is not in the archive: %s", stream_id, reason,
            extra={"stream_id": stream_id},
        )  # fmt: skip
        self.lost += 1

    def _sweep(self, backend: ArchiveBackend) -> None:
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + _SWEEP
        try:
            in_thread(lambda: backend.sweep(SWEPT))
        except Exception:
            logger.exception("the archive could not be swept")


def _entry_of(store: Store, stream_id: str) -> ArchiveEntry | None:
    """Read a stream from the store; None if the store has it no more."""
    snapshot = result_of(store.load(stream_id), _ANSWER)
    if snapshot is None:
        return None
    kept = result_of(store.kept_frames(stream_id), _ANSWER)
    log = result_of(store.attach(stream_id), _ANSWER)
    try:
        # A log that was trimmed keeps its first frame: it is taken apart from those after the gap.
        first = log.take(0, 1)
        rest = log.take(first.last, log.held + 1)
    finally:
        store.detach(stream_id)
    settings, now = conf.get(), time.time()
    frames = first.data + rest.data
    resumes = rest.first if rest.first > first.last + 1 else 0
    if not settings.ARCHIVE_AUDIO:
        frames = without_audio(frames)
    expires = None if settings.ARCHIVE_KEEP is None else now + settings.ARCHIVE_KEEP
    head = dump_head(shifted(snapshot, now - store.now()))
    data = dump_frames(ArchivedFrames(frames, kept, resumes))
    return ArchiveEntry(stream_id, snapshot.owner, expires, head, data)


#: The archivist of this process.
archivist = Archivist()


def connect() -> None:
    """Listen to the streams, and to the end of the process."""
    signals.stream_ended.connect(archivist.hear)
    signals.process_ending.connect(_stop_on_signal)


def _stop_on_signal(**_: object) -> None:
    archivist.stop()


def _follow_setting(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        archivist.stop()


setting_changed.connect(_follow_setting)
os.register_at_fork(after_in_child=archivist.start_clean)
