"""The heartbeat: the row by which a process shows that it lives, and how many records it lost."""

import datetime as dt
import os
import socket
import time

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from ..models import Process

#: Seconds of silence after which a process counts as dead.
STALE = 60.0


def stale_before(epoch: float, zone: dt.tzinfo | None) -> dt.datetime:
    """Return the time before which the last beat of a dead process lies, now being `epoch`.

    `zone` is the one in which the database has times; None if times are local.
    """
    # Of two answers the earlier one: most databases have times by a clock on the wall. In the hour
    # that such a clock skips or shows twice, one of the two answers declares live processes dead.
    by_wall = dt.datetime.fromtimestamp(epoch, zone) - dt.timedelta(seconds=STALE)
    return min(by_wall, dt.datetime.fromtimestamp(epoch - STALE, zone))


class ProcessHeartbeat:
    """The row of this process. It is written every `interval` seconds."""

    def __init__(self, interval: float = 10.0) -> None:
        now = timezone.now()
        self.process = Process(
            host=socket.gethostname()[:255], pid=os.getpid(), started_at=now, seen_at=now
        )
        #: Whether the row is not written yet. A process that opens no stream leaves no row.
        self.is_new = True
        self._interval = interval
        self._beaten = time.monotonic()

    def due_in(self) -> float:
        """Return the seconds until the next beat."""
        return max(0.0, self._beaten + self._interval - time.monotonic())

    def beat(self, connection: BaseDatabaseWrapper, dropped: int, *, ended: bool = False) -> None:
        """Write the row: the process lives or has `ended`, and has dropped so many records."""
        row, now = self.process, timezone.now()
        row.seen_at = now
        row.ended_at = now if ended else None
        if dropped > row.dropped:
            row.dropped, row.dropped_at = dropped, now
        # An upsert, and not an update: `retention` of another process may have deleted the row.
        # MariaDB and MySQL take no name of the key, and need none.
        named = connection.features.supports_update_conflicts_with_target
        Process.objects.using(connection.alias).bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["id"] if named else None,
            update_fields=["seen_at", "ended_at", "dropped", "dropped_at"],
        )
        self._beaten = time.monotonic()
