"""The heartbeat: the row by which a process says that it lives, and what it has lost."""

import os
import socket
import time

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from ..models import Process

#: Seconds between two beats, and after which a silent process counts as dead.
INTERVAL = 10.0
STALE = 60.0


class Heartbeat:
    """The row of this process."""

    def __init__(self) -> None:
        now = timezone.now()
        self.process = Process(
            host=socket.gethostname()[:255], pid=os.getpid(), started_at=now, seen_at=now
        )
        #: Whether the row is yet to be written.
        self.is_new = True
        self._beaten = time.monotonic()

    def due_in(self) -> float:
        """Return the seconds until the next beat."""
        return max(0.0, self._beaten + INTERVAL - time.monotonic())

    def beat(self, connection: BaseDatabaseWrapper, dropped: int, *, ended: bool = False) -> None:
        """Write the row."""
        row, now = self.process, timezone.now()
        row.seen_at = now
        row.ended_at = now if ended else None
        if dropped > row.dropped:
            row.dropped, row.dropped_at = dropped, now
        Process.objects.using(connection.alias).bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["seen_at", "ended_at", "dropped", "dropped_at"],
        )
        self._beaten = time.monotonic()
