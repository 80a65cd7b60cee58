"""Which engine a database of the site needs."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router
from django.utils.connection import ConnectionDoesNotExist

from .database_tuning import DatabaseTuning
from .engine import DatabaseEngine


def engine_of(alias: str, tuning: DatabaseTuning | None = None) -> DatabaseEngine:
    """Return the engine of a database; of the one that the routers name if there is no alias.

    Raises:
        ImproperlyConfigured: There is no such database, or the store can't be kept in one of its
            kind. The message names the setting.
    """
    from .models import StoredStream

    tuning = tuning or DatabaseTuning()
    alias = alias or router.db_for_write(StoredStream)
    try:
        connection = connections[alias]
    except ConnectionDoesNotExist:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE['STORE'] = 'database:{alias}': DATABASES has no {alias!r}"
        ) from None
    if connection.vendor == "postgresql":
        try:
            from .postgresql.postgres_engine import PostgresEngine
        except ImportError as error:
            raise ImproperlyConfigured(
                f"SSE_PIPELINE['STORE'] = 'database' needs psycopg 3 for PostgreSQL ({error})"
            ) from error
        return PostgresEngine(alias, tuning)
    if connection.vendor == "sqlite":
        from .sqlite.sqlite_engine import SQLiteEngine

        return SQLiteEngine(alias, tuning)
    raise ImproperlyConfigured(
        f"SSE_PIPELINE['STORE'] = 'database': the database {alias!r} is of the kind"
        f" {connection.vendor!r}, and streams are kept in PostgreSQL or SQLite only; name another"
        " one as 'database:<alias>', or give the URL of a Redis server"
    )
