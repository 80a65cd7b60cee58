"""The file of the streams, beside the file of the site's database.

In the same file each frame would wait for the transactions of the site, and the site for those of
the store: SQLite has one writer at a time.
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from django.db import connections

from ..database_tuning import DatabaseTuning
from ..engine import DatabaseEngine
from .sqlite_session import SQLiteSession

#: The format of the file. A later release raises it if an earlier one could not go on with it.
_FORMAT = 1

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS stream (
    id TEXT PRIMARY KEY, snapshot BLOB NOT NULL, flags TEXT NOT NULL, first BLOB NOT NULL,
    lost TEXT NOT NULL, expires REAL NOT NULL,
    spilled INTEGER NOT NULL DEFAULT 0, cut INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stream_expires ON stream (expires);
CREATE TABLE IF NOT EXISTS batch (
    stream TEXT NOT NULL, number INTEGER NOT NULL, last INTEGER NOT NULL, version INTEGER NOT NULL,
    total INTEGER NOT NULL, flags TEXT NOT NULL, counts TEXT NOT NULL, content TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (stream, number)
);
CREATE TABLE IF NOT EXISTS spill (
    stream TEXT NOT NULL, number INTEGER NOT NULL, last INTEGER NOT NULL, content TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (stream, number)
);
CREATE TABLE IF NOT EXISTS key (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS process (name TEXT PRIMARY KEY, expires REAL NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
COMMIT;
"""


class SQLiteEngine(DatabaseEngine):
    """The file of the streams of a database of the site, by its alias."""

    #: `InterfaceError` and `ProgrammingError` mean a fault of our own.
    failures = (sqlite3.OperationalError,)

    def __init__(self, alias: str, tuning: DatabaseTuning) -> None:
        self._alias = alias
        self._tuning = tuning

    def open(self) -> SQLiteSession:
        path = self._path()
        timeout = self._tuning.answer_timeout
        # Another thread closes it in `close` of the store.
        connection = sqlite3.connect(
            path, timeout=timeout, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
        return SQLiteSession(connection, self._tuning)

    def describe(self) -> str:
        return f"the file {self._path().name!r}"

    def _path(self) -> Path:
        """Return the path of the file; a site in memory, as in tests, gets one for this process."""
        name = str(connections[self._alias].settings_dict["NAME"])
        if ":memory:" in name or "mode=memory" in name:
            return _folder() / f"{self._alias}.streams.sqlite3"
        site = Path(name.removeprefix("file:").partition("?")[0])
        return site.with_name(f"{site.stem}.streams{site.suffix}")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, unless they are there."""
    connection.execute("PRAGMA synchronous = NORMAL")
    found = _format_of(connection)
    if found > _FORMAT:
        raise sqlite3.OperationalError(f"{path.name} is of a later version of this library")
    if found < _FORMAT:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)


def _format_of(connection: sqlite3.Connection) -> int:
    with closing(connection.execute("PRAGMA user_version")) as cursor:
        return int(cursor.fetchone()[0])


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="sse_pipeline-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
