"""The bell of PostgreSQL: `LISTEN` on a connection, and a test of whether anything comes.

Behind a pool that gives a connection to each transaction, `LISTEN` is accepted and nothing ever
comes. So the bell is rung once when the connection is made. If it is silent, the database is asked
in short intervals.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import psycopg

from ...remote.waker import Waker, wait_for
from ..database_tuning import DatabaseTuning
from ..engine import Heard

CHANNEL = "sse_pipeline"
#: Longer payloads are not ours: PostgreSQL allows 8,000 bytes.
_LONGEST = 8000


class Listener:
    """Hears the bells of one connection, in the thread that uses it."""

    def __init__(self, connection: psycopg.Connection[Any], tuning: DatabaseTuning) -> None:
        self._connection = connection
        self._tuning = tuning
        self._heard: list[str] = []
        self.silence: str | None = None

    def start(self) -> None:
        """Hear bells from now on; say so in `silence` if none come."""
        self._connection.add_notify_handler(self._take)
        self._connection.execute(f"LISTEN {CHANNEL}")
        token = f"test:{uuid4()}"
        self._connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, token))
        until = time.monotonic() + self._tuning.bell_test
        while token not in self._heard:
            if (left := until - time.monotonic()) <= 0:
                self.silence = (
                    "no notification comes over this connection, perhaps because a pool of"
                    " connections is in between; the database is asked every"
                    f" {1000 * self._tuning.busy_poll:g} ms"
                )
                break
            wait_for(left, self._connection.fileno())
            self._receive()
        self._heard.clear()

    def wait(self, waker: Waker, *, following: bool) -> Heard:
        """Wait for bells or the waker. Without bells wait for the next turn to ask."""
        if self.silence is not None:
            pause = self._tuning.busy_poll if following else self._tuning.idle_poll
            return Heard(anything=not waker.wait(pause))
        if not self._heard:
            waker.wait(None, self._connection.fileno())
        self._receive()
        payloads, self._heard[:] = list(self._heard), []
        return heard_of(payloads)

    def _receive(self) -> None:
        """Take what has come. Raises an error of the driver if the connection is broken."""
        protocol = self._connection.pgconn
        protocol.consume_input()
        while (notice := protocol.notifies()) is not None:
            if notice.relname == CHANNEL.encode():
                self._heard.append(notice.extra.decode(errors="replace"))

    def _take(self, notice: psycopg.Notify) -> None:
        """Take a notification that came with the answer to another command."""
        if notice.channel == CHANNEL:
            self._heard.append(notice.payload)


def heard_of(payloads: list[str]) -> Heard:
    """Return what the payloads of notifications say. Anybody may have sent them."""
    streams, flagged = set[str](), set[str]()
    for payload in payloads:
        for part in payload[:_LONGEST].split(","):
            stream = part.removesuffix("!")
            streams.add(stream)
            if stream != part:
                flagged.add(stream)
    return Heard(frozenset(streams), frozenset(flagged))
