"""Real databases for the journal, beside the database of Django's tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from sse_pipeline.models import Intervention, Process, Stream, StreamComponent, Transition

ALIAS = "journal"
MODELS = (StreamComponent, Transition, Intervention, Stream, Process)


class ToTheJournal:
    """The router that sends the journal to its database."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return ALIAS if model in MODELS else None

    db_for_write = db_for_read


def sqlite(path: Path) -> dict[str, Any]:
    """Return the settings of a database in a file, like that of the demonstration site."""
    return {**connections.settings["default"], "NAME": path, "TEST": {}}


@contextmanager
def as_journal(settings: dict[str, Any]) -> Iterator[str]:
    """Add a database with the alias of the journal, with its tables, which are empty."""
    defaults = {**connections.settings["default"], "OPTIONS": {}, "TEST": {}}
    connections.settings[ALIAS] = {**defaults, **settings}
    try:
        _migrate()
        for model in MODELS:
            model.objects.using(ALIAS).all().delete()
        yield ALIAS
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


@contextmanager
def in_memory() -> Iterator[None]:
    """Add a database in memory with the alias of the journal. It has no tables."""
    name = "file:journal?mode=memory&cache=shared"
    connections.settings[ALIAS] = {**sqlite(Path(name)), "NAME": name}
    try:
        yield
    finally:
        disconnect()
        del connections.settings[ALIAS]


def _migrate() -> None:
    """Migrate the database of the journal, unless it is; a file is copied, as that is faster."""
    connection = connections[ALIAS]
    if connection.vendor == "sqlite":
        connection.close()
        Path(connection.settings_dict["NAME"]).write_bytes(_migrated_file())
    elif Stream._meta.db_table not in connection.introspection.table_names():
        call_command("migrate", "sse_pipeline", database=ALIAS, verbosity=0)


@cache
def _migrated_file() -> bytes:
    """Migrate the file of the journal's database; return what is in it."""
    call_command("migrate", "sse_pipeline", database=ALIAS, verbosity=0)
    connections[ALIAS].close()
    return Path(connections[ALIAS].settings_dict["NAME"]).read_bytes()


def disconnect() -> None:
    """Close the connections of this thread, even to a database in memory."""
    for connection in connections.all(initialized_only=True):
        BaseDatabaseWrapper.close(connection)
