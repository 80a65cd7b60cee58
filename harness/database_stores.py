"""Stores in a database, and what a process needs to share them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from harness import databases
from harness.postgresql import PostgreSQL
from sse_pipeline import stores
from sse_pipeline.stores.database.database_store import DatabaseStore
from sse_pipeline.stores.database.database_tuning import DatabaseTuning
from sse_pipeline.stores.database.engine_choice import engine_of

ALIAS = "streams"
APP = "sse_pipeline.stores.database"
STORE = f"database:{ALIAS}"
TABLE = "sse_pipeline_database_stream"


@dataclass(frozen=True)
class StreamDatabase:
    """A database for streams: its settings, and the value of `DJANGO_DATABASE` for a process."""

    kind: str
    settings: dict[str, Any]

    @property
    def address(self) -> str:
        if self.kind == "sqlite":
            return str(self.settings["NAME"])
        options = urlencode({"host": self.settings["HOST"], **self.settings["OPTIONS"]})
        return f"postgresql://{self.settings['USER']}@/{self.settings['NAME']}?{options}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process of the demonstration that shares the store."""
        return {"DJANGO_DATABASE": self.address, "SSE_PIPELINE_STORE": "database"}


def on_sqlite(folder: Path) -> StreamDatabase:
    return in_file(folder / "site.sqlite3")


def in_file(path: Path) -> StreamDatabase:
    return StreamDatabase("sqlite", databases.sqlite(path))


def on_postgresql(server: PostgreSQL) -> StreamDatabase:
    return StreamDatabase("postgresql", server.settings)


def installed() -> Any:
    """Install the application of the store while a block runs."""
    from django.conf import settings

    return override_settings(INSTALLED_APPS=list(dict.fromkeys([*settings.INSTALLED_APPS, APP])))


@contextmanager
def added(database: StreamDatabase, alias: str = ALIAS) -> Iterator[None]:
    """Add the database to those of this process."""
    defaults = {**connections.settings["default"], "OPTIONS": {}, "TEST": {}}
    connections.settings[alias] = {**defaults, **database.settings}
    try:
        yield
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


@contextmanager
def as_streams(database: StreamDatabase, alias: str = ALIAS) -> Iterator[None]:
    """Add the database to those of this process, with the tables of the streams."""
    with added(database, alias), installed():
        # On SQLite the streams have a file of their own, which is made when it is needed.
        if database.kind == "postgresql":
            if TABLE not in connections[alias].introspection.table_names():
                call_command("migrate", "sse_pipeline_database", database=alias, verbosity=0)
            connections[alias].close()
        yield


@contextmanager
def as_store(database: StreamDatabase) -> Iterator[str]:
    """Add a database that is migrated, or needs no migration; give the value of `STORE`."""
    with added(database), installed():
        yield STORE
        stores.reset()


@contextmanager
def closing_stores() -> Iterator[Any]:
    """Return a function that makes stores in the database; they are closed with the block."""
    made: list[DatabaseStore] = []

    def make(
        *, alias: str = ALIAS, tuning: DatabaseTuning | None = None, **options: Any
    ) -> DatabaseStore:
        made.append(DatabaseStore(engine=engine_of(alias, tuning), tuning=tuning, **options))
        return made[-1]

    try:
        yield make
    finally:
        for store in made:
            store.close()
