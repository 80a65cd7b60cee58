"""A connection of the store to its file. Each step is one transaction.

The transactions are immediate: one that began to read and then wants to write is refused if another
has written meanwhile, without waiting.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from ...remote import codec
from ...remote.append_request import AppendRequest
from ...remote.batch import Batch, split_frames
from ...remote.commit_request import CommitRequest
from ...remote.key_request import KeyRequest
from ...remote.store_request import Part
from ...remote.waker import Waker
from ..database_tuning import DatabaseTuning
from ..engine import Heard, Session, StreamRow
from ..kept_request import ContentBatch
from .steps import Steps

_LOAD = """SELECT s.id, s.snapshot, s.flags, s.first, b.version, b.last, b.total, b.counts
    FROM stream s JOIN batch b ON b.stream = s.id AND b.number = (
        SELECT max(number) FROM batch WHERE stream = s.id)
    WHERE s.id = ? AND s.expires > ?"""
_FETCH = """SELECT number, last, flags, data FROM batch
    WHERE stream = ? AND number > ? ORDER BY number LIMIT ?"""
_TAIL = """SELECT number, last, flags, data, total FROM batch
    WHERE stream = ? ORDER BY number DESC LIMIT ?"""
_OLDEST = "SELECT total - length(data) FROM batch WHERE stream = ? ORDER BY number LIMIT 1"
_RENEW = """INSERT INTO process (name, expires) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET expires = excluded.expires"""

_CONTENT = """SELECT number, last, 0, content, data FROM spill
    WHERE stream = ?1 AND number > ?2
    UNION ALL
    SELECT number, last, flags LIKE '%e%', content, CASE content WHEN '[]' THEN x'' ELSE data END
    FROM batch WHERE stream = ?1 AND number > ?2
    ORDER BY number LIMIT ?3"""
_CUT = "SELECT cut FROM stream WHERE id = ? AND expires > ?"
_KEY = "SELECT value FROM key WHERE name = ? AND expires > ?"
_SET_KEY = """INSERT INTO key (name, value, expires) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires = excluded.expires"""
_ALIVE = "SELECT name FROM process WHERE expires > ?"


class SQLiteSession(Session):
    """A connection without transactions of its own, for one thread.

    There is no bell: one pragma says whether any other connection has written.
    """

    def __init__(self, connection: sqlite3.Connection, tuning: DatabaseTuning) -> None:
        self._connection = connection
        self._steps = Steps(connection)
        self._busy_poll = tuning.busy_poll / 2
        self._idle_poll = tuning.idle_poll / 2
        self._version: int | None = None

    def append(self, requests: Sequence[AppendRequest]) -> tuple[float, list[Sequence[Part]]]:
        with self._transaction() as now:
            return now, [self._steps.append(each, now) for each in requests]

    def commit(self, request: CommitRequest) -> tuple[float, Sequence[Part]]:
        with self._transaction() as now:
            return now, self._steps.commit(request, now)

    def load(self, streams: Sequence[str]) -> dict[str, StreamRow]:
        now = time.time()
        found = [row for each in streams for row in self._rows(_LOAD, each, now)]
        return {
            id_: StreamRow(now, snapshot, flags, first, version, last, total, orjson.loads(counts))
            for id_, snapshot, flags, first, version, last, total, counts in found
        }

    def fetch(self, after: Mapping[str, int], most: int) -> dict[str, list[Batch]]:
        found = {
            stream: [_batch(*row) for row in self._rows(_FETCH, stream, number, most)]
            for stream, number in after.items()
        }
        return {stream: batches for stream, batches in found.items() if batches}

    def tail(self, stream: str, most: int) -> tuple[list[Batch], int]:
        rows = self._rows(_TAIL, stream, most)
        held = rows[0][-1] - self._rows(_OLDEST, stream)[0][0] if rows else 0
        return [_batch(*row) for *row, _ in rows], held

    def content(self, stream: str, after: int, most: int) -> tuple[bool | None, list[ContentBatch]]:
        rows = self._rows(_CONTENT, stream, after, most)
        cut = self._rows(_CUT, stream, time.time())
        return bool(cut[0][0]) if cut else None, [ContentBatch(*row) for row in rows]

    def swap_key(self, request: KeyRequest) -> str:
        if not request.new:
            return self._key(request.key, time.time())
        with self._transaction() as now:
            held = self._key(request.key, now)
            if held != request.old:
                return held
            row = (request.key, request.new, now + request.life)
            self._connection.execute(_SET_KEY, row)
            return request.new

    def renew(self, process: str, seconds: float, watched: Sequence[str]) -> tuple[str, list[bool]]:
        with self._transaction() as now:
            self._connection.execute(_RENEW, (process, now + seconds))
            names = {name for (name,) in self._rows(_ALIVE, now)}
        return "file", [each in names for each in watched]

    def give_back(self, process: str) -> None:
        self._connection.execute("DELETE FROM process WHERE name = ?", (process,))

    def sweep(self, most: int) -> int:
        expired = "SELECT id FROM stream WHERE expires <= ? ORDER BY expires LIMIT ?"
        if not self._rows(expired, time.time(), 1):
            return 0  # no lock on the file is needed
        with self._transaction() as now:
            gone = [stream for (stream,) in self._rows(expired, now, most)]
            self._steps.delete(gone)
            self._connection.execute("DELETE FROM process WHERE expires < ?", (now - 3600,))
            self._connection.execute("DELETE FROM key WHERE expires <= ?", (now,))
        return len(gone)

    def listen(self) -> None:
        self._version = None

    def wait(self, waker: Waker, *, following: bool) -> Heard:
        waker.wait(self._busy_poll if following else self._idle_poll)
        ((version,),) = self._rows("PRAGMA data_version")
        changed, self._version = version != self._version, version
        return Heard(anything=changed)

    def close(self) -> None:
        self._connection.close()

    def _key(self, name: str, now: float) -> str:
        rows = self._rows(_KEY, name, now)
        return str(rows[0][0]) if rows else ""

    def _rows(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, arguments).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[float]:
        """Write in a transaction; give the time at which it began."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield time.time()
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _batch(number: int, last: int, flags: str, data: bytes) -> Batch:
    return Batch(last, number, split_frames(data), *codec.parse_flags(flags.encode()))
