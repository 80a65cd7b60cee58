"""The writer: the thread of a process that writes its records into the database."""

import threading
import time
from dataclasses import dataclass

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

from ..escaping import make_logger
from ..models import Stream
from .backlog import Backlog, Record
from .heartbeat import ProcessHeartbeat
from .reaper import reap, reconcile
from .rows import DatabaseValues, rows_of_records
from .upsert import write

logger = make_logger(__name__)

#: What SQLite, PostgreSQL, and MariaDB and MySQL say of a table that is not there.
_MISSING = ("no such table", "does not exist", "doesn't exist")
#: The codes with which MariaDB and MySQL refuse a value, and which their drivers take for outages:
#: a wrong date, and a character that the column can't hold.
_UNFIT = ((1292,), (1366,))


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """The options of a writer. Durations are seconds."""

    #: How long records gather before they are written. Many versions of a stream become one row.
    gather: float = 1.0
    #: How many records are written in one transaction, at most.
    batch: int = 5000
    #: The pause after a failure of the database. It doubles with each failure, up to the longest.
    shortest_pause: float = 0.5
    longest_pause: float = 15.0
    #: The time between two beats.
    heartbeat: float = 10.0


class JournalWriter:
    """Writes the records of its backlog, and shows by a heartbeat that this process lives.

    Its thread is a daemon and starts when the writer is made. A database that fails or hangs costs
    records: it never touches a stream.
    """

    def __init__(self, limit: int, options: WriterOptions) -> None:
        self.backlog = Backlog(limit)
        self._options = options
        self._heartbeat = ProcessHeartbeat(options.heartbeat)
        #: Notified after each turn of the thread. It guards no field: those that wait look at the
        #: backlog, which is thread-safe.
        self._turn = threading.Condition()
        # Set when somebody waits for the rows: then records do not gather.
        self._hurried = threading.Event()
        self._stopped = threading.Event()
        # Only the thread uses these.
        self._failed_since: float | None = None
        self._dropped_before = 0
        self._pause = options.shortest_pause
        self._thread = threading.Thread(target=self._run, name="sse-journal", daemon=True)
        self._thread.start()

    def flush(self, timeout: float) -> bool:
        """Wait until the backlog is written; return False if that takes too long."""
        self._hurried.set()
        self.backlog.wake()
        with self._turn:
            return self._turn.wait_for(lambda: len(self.backlog) == 0, timeout)

    def stop(self, timeout: float) -> None:
        """Write all records, for `timeout` seconds at most, and end the thread."""
        self._stopped.set()
        self._hurried.set()
        self.backlog.wake()
        self._thread.join(timeout)
        if self._thread.is_alive() or len(self.backlog):
            logger.warning("the journal ends with %d records unwritten", len(self.backlog))

    def _run(self) -> None:
        # Connections belong to threads: this one makes its own, and closes it.
        connection = connections[router.db_for_write(Stream)]
        try:
            while not self._stopped.is_set():
                self.backlog.wait(None if self._heartbeat.is_new else self._heartbeat.due_in())
                self._hurried.wait(self._options.gather)
                self._hurried.clear()
                self._work(connection)
            # Once more: records may have come after the last turn began.
            self._work(connection, last=True)
        finally:
            connection.close()

    def _work(self, connection: BaseDatabaseWrapper, *, last: bool = False) -> None:
        """Write all records. A failure leaves them for the next turn."""
        try:
            self._write_backlog(connection)
            self._beat(connection, last=last)
        except Exception as error:  # noqa: BLE001 - no error may end the thread
            self._fail(connection, error)
            if not last:
                self._stopped.wait(self._pause)
                self._pause = min(2 * self._pause, self._options.longest_pause)
                self.backlog.wake()
        with self._turn:
            self._turn.notify_all()

    def _write_backlog(self, connection: BaseDatabaseWrapper) -> None:
        if _is_in_memory(connection):
            self.backlog.clear()
        while taken := self.backlog.take(self._options.batch):
            self._write(connection, taken)
            self.backlog.done()

    def _write(self, connection: BaseDatabaseWrapper, records: list[Record]) -> None:
        """Write records in one transaction; without the record that the database refuses, if any.

        The refused record is found by halves: one of 5000 costs about 25 transactions.
        """
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
        self.backlog.count_dropped(1)
        stream_id = record.snapshot.stream_id
        logger.exception(  # noqa: LOG004 - called by a handler
            "stream %s: a record does not fit into the journal, and was dropped", stream_id,
            extra={"stream_id": stream_id},
        )  # fmt: skip

    def _commit(self, connection: BaseDatabaseWrapper, records: list[Record]) -> None:
        values = DatabaseValues(connection)
        batch = rows_of_records(records, self._heartbeat.process.id, values)
        with transaction.atomic(connection.alias):
            # In the same transaction: the reaper of another process reads the streams of dead
            # processes, and would never close those of a process without a row.
            if self._heartbeat.is_new:
                self._heartbeat.beat(connection, self.backlog.dropped)
            write(connection, batch)
        self._heartbeat.is_new = False

    def _beat(self, connection: BaseDatabaseWrapper, *, last: bool) -> None:
        if self._heartbeat.is_new:  # nothing was written yet
            return
        dropped = self.backlog.dropped
        if last or self._heartbeat.due_in() <= 0 or self._failed_since is not None:
            self._heartbeat.beat(connection, dropped, ended=last)
            if not last:  # the store may be closed already when the process ends
                reap(connection.alias)
        if self._failed_since is not None or dropped > self._dropped_before:
            if not last:
                reconcile(connection, self._heartbeat.process.id)
            self._recover(dropped)
        if not self.backlog:
            connection.close_if_unusable_or_obsolete()

    def _recover(self, dropped: int) -> None:
        since, self._failed_since = self._failed_since, None
        self._pause = self._options.shortest_pause
        lost, self._dropped_before = dropped - self._dropped_before, dropped
        logger.warning(
            "the journal is written again%s; %d records were lost",
            f" after {time.monotonic() - since:.1f} s" if since is not None else "",
            lost,
            extra={"lost": lost},
        )

    def _fail(self, connection: BaseDatabaseWrapper, error: Exception) -> None:
        connection.close()
        # Once for each outage: the log of a database that is away for a day stays short.
        if self._failed_since is None:
            self._failed_since = time.monotonic()
            logger.warning(
                "the journal can't be written, and is tried again: %s%s", error, _advice(error)
            )


def _is_outage(error: Exception) -> bool:
    """Return whether an error is the fault of the database, and not of a record."""
    if isinstance(error, DataError | IntegrityError) or error.args[:1] in _UNFIT:
        return False
    return isinstance(error, Error | OSError | RuntimeError)


def _is_in_memory(connection: BaseDatabaseWrapper) -> bool:
    """Return whether a database is in memory. Tests have such databases, and they hold no journal.

    The thread would see another, empty database, or would lock the one of the tests.
    """
    in_memory = getattr(connection, "is_in_memory_db", None)
    return in_memory is not None and bool(in_memory())


def _advice(error: Exception) -> str:
    missing = any(words in str(error) for words in _MISSING)
    return " (run manage.py migrate)" if missing and isinstance(error, DatabaseError) else ""
