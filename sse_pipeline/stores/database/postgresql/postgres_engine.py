"""Connections of the store to PostgreSQL: by the settings of Django, but none of Django's own.

Django's connection of a thread may be in a transaction of the site. What the store writes would be
seen with its end only, and other producers would wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from django.db import connections
from psycopg import errors

from ..database_tuning import DatabaseTuning
from ..engine import DatabaseEngine
from .functions import check_functions
from .postgres_session import PostgresSession

T = TypeVar("T")

#: What libpq is told unless the site says it: to notice a server that is gone.
_DEFAULTS: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "application_name": "sse_pipeline",
}
#: What concerns Django's cursors and pools.
_NOT_OURS = ("context", "cursor_factory", "pool", "prepare_threshold")


class BoundedConnection(psycopg.Connection[Any]):
    """A connection on which no answer is waited for longer than `answer_timeout` seconds."""

    answer_timeout = 5.0

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **options: Any) -> T:
        return super().wait(self._bounded(gen), *arguments, **options)

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        deadline = time.monotonic() + self.answer_timeout
        ready = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as stop:
                result: T = stop.value
                return result
            ready = yield wanted
            if not ready and time.monotonic() > deadline:
                raise psycopg.OperationalError(
                    f"the database gave no answer for {self.answer_timeout:g} s"
                )


class PostgresEngine(DatabaseEngine):
    """A database of the site on PostgreSQL, by its alias."""

    failures = (
        psycopg.OperationalError,
        psycopg.InterfaceError,
        # A process that was faster: what it has done is seen by the next attempt.
        errors.UniqueViolation,
        # The server has become a replica, or an operator may mend it while we try.
        errors.ReadOnlySqlTransaction,
        errors.InsufficientPrivilege,
        errors.UndefinedFunction,
        errors.UndefinedTable,
    )

    def __init__(self, alias: str, tuning: DatabaseTuning) -> None:
        self._alias = alias
        self._tuning = tuning

    def open(self) -> PostgresSession:
        connection: Any = connections[self._alias]
        options = {**_DEFAULTS, "connect_timeout": round(self._tuning.connect_timeout)}
        options |= connection.get_connection_params()
        for name in _NOT_OURS:
            options.pop(name, None)
        # No prepared statements: behind a pool of connections their names collide.
        own = BoundedConnection.connect(**options, autocommit=True, prepare_threshold=None)
        own.answer_timeout = self._tuning.answer_timeout
        try:
            check_functions(own)
        except BaseException:
            own.close()
            raise
        return PostgresSession(own, self._tuning)

    def describe(self) -> str:
        return f"the database {self._alias!r}"
