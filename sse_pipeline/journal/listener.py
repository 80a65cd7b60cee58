"""What connects the journal to the flow: one receiver, and the writer of this process."""

import atexit
import os
import threading
import time
from typing import Any

from django.core.signals import setting_changed

from .. import conf, signals
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Step
from ..lifecycle.snapshot import Snapshot
from .backlog import Record
from .writer import Writer

#: Seconds that the last rows have when the process ends.
GOODBYE = 5.0


class _Keeper:
    """Makes the writer when it is wanted: anew in a forked child, or after a reset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.writer: Writer | None = None

    def make(self) -> Writer:
        with self._lock:
            if self.writer is None:
                self.writer = Writer(conf.get().JOURNAL_QUEUE)
            return self.writer

    def forget(self) -> None:
        self._lock = threading.Lock()
        self.writer = None

    def stop(self, seconds: float = GOODBYE) -> None:
        with self._lock:
            writer, self.writer = self.writer, None
        if writer is not None:
            writer.stop(seconds)


_keeper = _Keeper()
atexit.register(_keeper.stop)
os.register_at_fork(after_in_child=_keeper.forget)


def record(*, snapshot: Snapshot, cause: Cause, steps: list[Step], **_: Any) -> None:
    """Queue what a commit did."""
    if not conf.get().JOURNAL:
        return
    writer = _keeper.writer or _keeper.make()
    writer.backlog.put(Record(snapshot, cause, steps, time.time()))


def connect() -> None:
    """Listen to the flow, and to the end of the server: not every one lets `atexit` run."""
    signals.stream_changed.connect(record)
    signals.process_ending.connect(_end)


def disconnect() -> None:
    """Listen no more."""
    signals.stream_changed.disconnect(record)
    signals.process_ending.disconnect(_end)


def flush(seconds: float = GOODBYE) -> bool:
    """Wait until all that was announced is written; False where that takes too long."""
    return _keeper.writer is None or _keeper.writer.flush(seconds)


def reset() -> None:
    """Write what there is, and begin anew: as another process would."""
    _keeper.stop()


def dropped() -> int:
    """Return how many records this process has lost."""
    return _keeper.writer.backlog.dropped if _keeper.writer else 0


def lag() -> float:
    """Return the age in seconds of the oldest record that is not written yet."""
    return _keeper.writer.backlog.lag() if _keeper.writer else 0.0


def _end(**_: object) -> None:
    reset()


def _follow(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        reset()


setting_changed.connect(_follow)
