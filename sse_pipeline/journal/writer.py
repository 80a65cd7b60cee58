"""The writer: the thread of a process that turns its backlog into rows."""

import logging
import threading
import time

from django.db import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    connections,
    router,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper

from ..models import Stream
from . import reaper, rows
from .backlog import Backlog, Record
from .heartbeat import Heartbeat
from .upsert import write

logger = logging.getLogger(__name__)

#: Seconds for which records gather, and how many make a batch at most.
GATHER = 1.0
BATCH = 5000
#: Seconds until a database that failed is tried again: doubled each time, up to the last.
BACK_OFF = (0.5, 15.0)


class Writer:
    """Writes what is put into its backlog, and shows by a heartbeat that this process lives.

    Its thread is a daemon that starts when it is made. A database that fails, or is slow, costs
    records: never a stream.
    """

    def __init__(self, limit: int) -> None:
        self.backlog = Backlog(limit)
        self._heartbeat = Heartbeat()
        self._turn = threading.Condition()
        self._hurried = threading.Event()
        self._stopped = threading.Event()
        self._failed_since: float | None = None
        self._lost_before = 0
        self._pause = BACK_OFF[0]
        self._thread = threading.Thread(target=self._run, name="sse-journal", daemon=True)
        self._thread.start()

    def flush(self, seconds: float) -> bool:
        """Wait until the backlog is written; False where that takes too long."""
        self._hurried.set()
        self.backlog.wake()
        with self._turn:
            return self._turn.wait_for(lambda: len(self.backlog) == 0, seconds)

    def stop(self, seconds: float) -> None:
        """Write what there is, in so many seconds at most, and end."""
        self._stopped.set()
        self._hurried.set()
        self.backlog.wake()
        self._thread.join(seconds)
        if self._thread.is_alive() or len(self.backlog):
            logger.warning("the journal ends with %d records unwritten", len(self.backlog))

    def _run(self) -> None:
        alias = router.db_for_write(Stream)
        connection = connections[alias]
        try:
            while not self._stopped.is_set():
                self.backlog.wait(None if self._heartbeat.is_new else self._heartbeat.due_in())
                self._hurried.wait(GATHER)
                self._hurried.clear()
                self._work(connection)
            self._work(connection, last=True)
        finally:
            connection.close()

    def _work(self, connection: BaseDatabaseWrapper, *, last: bool = False) -> None:
        """Write all that there is; a failure leaves it for the next time."""
        try:
            self._empty(connection)
            self._beat(connection, last=last)
        except Exception as error:  # noqa: BLE001 - whatever it is, it stays here
            self._fail(connection, error)
            if not last:
                self._stopped.wait(self._pause)
                self._pause = min(2 * self._pause, BACK_OFF[1])
                self.backlog.wake()
        with self._turn:
            self._turn.notify_all()

    def _empty(self, connection: BaseDatabaseWrapper) -> None:
        if _is_private(connection):
            self.backlog.clear()
        while taken := self.backlog.take(BATCH):
            self._write(connection, taken)
            self.backlog.done()

    def _write(self, connection: BaseDatabaseWrapper, records: list[Record]) -> None:
        """Write records in one transaction; where one of them is at fault, all the others."""
        try:
            self._commit(connection, records)
        except Exception as error:
            if _is_outage(error):
                raise
            if len(records) == 1:
                self._drop(records[0])
                return
            middle = len(records) // 2
            self._write(connection, records[:middle])
            self._write(connection, records[middle:])

    def _drop(self, record: Record) -> None:
        self.backlog.lose(1)
        stream_id = record.snapshot.stream_id
        logger.exception(  # noqa: LOG004 - called by a handler
            "stream %s: a record does not fit into the journal, and was dropped", stream_id,
            extra={"stream_id": stream_id},
        )  # fmt: skip

    def _commit(self, connection: BaseDatabaseWrapper, records: list[Record]) -> None:
        batch = rows.of(records, self._heartbeat.process.id, rows.Dialect(connection))
        with transaction.atomic(connection.alias):
            if self._heartbeat.is_new:
                self._heartbeat.beat(connection, self.backlog.dropped)
            write(connection, batch)
        self._heartbeat.is_new = False

    def _beat(self, connection: BaseDatabaseWrapper, *, last: bool) -> None:
        if self._heartbeat.is_new:  # nothing was written yet
            return
        lost = self.backlog.dropped
        if last or self._heartbeat.due_in() <= 0 or self._failed_since is not None:
            self._heartbeat.beat(connection, lost, ended=last)
            if not last:  # the store may have ended before
                reaper.reap(connection.alias)
        if self._failed_since is not None or lost > self._lost_before:
            if not last:
                reaper.reconcile(connection, self._heartbeat.process.id)
            self._recover(lost)
        if not self.backlog:
            connection.close_if_unusable_or_obsolete()

    def _recover(self, lost: int) -> None:
        since, self._failed_since = self._failed_since, None
        self._pause = BACK_OFF[0]
        logger.warning(
            "the journal is written again%s; %d records were lost",
            f" after {time.monotonic() - since:.1f} s" if since is not None else "",
            lost - self._lost_before,
            extra={"lost": lost - self._lost_before},
        )
        self._lost_before = lost

    def _fail(self, connection: BaseDatabaseWrapper, error: Exception) -> None:
        connection.close()
        if self._failed_since is None:
            self._failed_since = time.monotonic()
            logger.warning(
                "the journal can't be written, and is tried again: %s%s", error, _advice(error)
            )


def _is_outage(error: Exception) -> bool:
    """Tell of an error that it is the database's, and none of the record."""
    if isinstance(error, DataError | IntegrityError):
        return False
    return isinstance(error, Error | OSError | RuntimeError)


def _is_private(connection: BaseDatabaseWrapper) -> bool:
    """Tell of a database in memory, as tests have it: it is no journal, and other threads lock."""
    in_memory = getattr(connection, "is_in_memory_db", None)
    return in_memory is not None and bool(in_memory())


def _advice(error: Exception) -> str:
    missing = "no such table" in str(error) or "does not exist" in str(error)
    return " (run manage.py migrate)" if missing and isinstance(error, DatabaseError) else ""
