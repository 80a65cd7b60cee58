"""The recorder: it receives each commit of this process, and queues it for the writer."""

import atexit
import os
import threading
import time
from typing import Any

from django.core import mail
from django.core.signals import setting_changed

from .. import conf, signals
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Step
from ..lifecycle.snapshot import Snapshot
from .backlog import Record
from .journal_writer import JournalWriter, WriterOptions

#: Seconds that the last rows have when the process ends.
STOP_TIMEOUT = 5.0


class JournalRecorder:
    """Queues records for the writer of this process, and makes the writer when it is needed."""

    def __init__(self, options: WriterOptions | None = None) -> None:
        #: The options of the next writer.
        self.options = options or WriterOptions()
        #: Whether it records during a test run, too.
        self.in_tests = False
        #: Guards the making and the taking away of `writer`: two threads that record first must not
        #: make two writers. No other lock is taken while it is held.
        self._making = threading.Lock()
        self._writer: JournalWriter | None = None

    @property
    def writer(self) -> JournalWriter | None:
        """The writer that runs; None if nothing was recorded yet."""
        return self._writer

    @property
    def records(self) -> bool:
        """Whether it records what happens now."""
        return conf.get().JOURNAL and (self.in_tests or not _is_test_run())

    def record(self, *, snapshot: Snapshot, cause: Cause, steps: list[Step], **_: Any) -> None:
        """Queue a commit."""
        if not self.records:
            return
        writer = self._writer or self._make()
        writer.backlog.put(Record(snapshot, cause, steps, time.time()))

    def flush(self, timeout: float = STOP_TIMEOUT) -> bool:
        """Wait until all records are written; return False if that takes too long."""
        writer = self._writer
        return writer is None or writer.flush(timeout)

    def stop(self, timeout: float = STOP_TIMEOUT) -> None:
        """Write all records and end the writer. The next record makes a new writer."""
        with self._making:
            writer, self._writer = self._writer, None
        if writer is not None:
            writer.stop(timeout)

    def start_clean(self) -> None:
        """Forget the writer: a forked child has neither its thread nor its connection."""
        # A new lock, too: a thread of the parent may have held the old one while it forked.
        self._making = threading.Lock()
        self._writer = None

    def _make(self) -> JournalWriter:
        with self._making:
            if self._writer is None:
                self._writer = JournalWriter(conf.get().JOURNAL_QUEUE, self.options)
            return self._writer


#: The recorder of this process.
recorder = JournalRecorder()
# Both `atexit` and the signal `process_ending` (see `connect`): some servers end by a signal that
# skips `atexit`, and a command or a worker of a task queue serves no lifespan, so that the signal
# never comes. The second call finds no writer and does nothing.
atexit.register(recorder.stop)
os.register_at_fork(after_in_child=recorder.start_clean)


def connect(options: WriterOptions | None = None, *, in_tests: bool = False) -> None:
    """Listen to the streams, and to the end of the server. `options` are for the next writer.

    During a test run nothing is recorded without `in_tests`: the writer of a process writes until
    the process ends. By then the test's database is gone, and the name of the site's own is back.
    """
    recorder.options = options or WriterOptions()
    recorder.in_tests = in_tests
    signals.stream_changed.connect(recorder.record)
    signals.process_ending.connect(_stop_on_signal)


def disconnect() -> None:
    """Stop listening. Nothing is recorded during a test run any more."""
    recorder.in_tests = False
    signals.stream_changed.disconnect(recorder.record)
    signals.process_ending.disconnect(_stop_on_signal)


def flush(timeout: float = STOP_TIMEOUT) -> bool:
    """Wait until all records are written; return False if that takes too long."""
    return recorder.flush(timeout)


def reset() -> None:
    """Write all records, and begin again as a new process would."""
    recorder.stop()


def dropped() -> int:
    """Return how many records this process has lost."""
    writer = recorder.writer
    return writer.backlog.dropped if writer else 0


def lag() -> float:
    """Return the age of the oldest unwritten record in seconds; 0 for none."""
    writer = recorder.writer
    return writer.backlog.lag() if writer else 0.0


def _is_test_run() -> bool:
    # Django's `setup_test_environment` makes it, for `manage.py test` and for pytest-django.
    return hasattr(mail, "outbox")


def _stop_on_signal(**_: object) -> None:
    recorder.stop()


def _follow_setting(*, setting: str, **_: object) -> None:
    if setting == "SSE_PIPELINE":
        recorder.stop()


setting_changed.connect(_follow_setting)
