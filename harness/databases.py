"""Real databases for the journal, beside the database of Django's tests."""

from collections.abc import Iterator
from contextlib import contextmanager
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
    """Add a database with the alias of the journal, and migrate it."""
    defaults = {**connections.settings["default"], "OPTIONS": {}, "TEST": {}}
    connections.settings[ALIAS] = {**defaults, **settings}
    try:
        call_command("migrate", "sse_pipeline", database=ALIAS, verbosity=0)
        for model in MODELS:
            model.objects.using(ALIAS).all().delete()
        yield ALIAS
    finally:
        connections[ALIAS].close()
        del connections[ALIAS]
        del connections.settings[ALIAS]


def disconnect() -> None:
    """Close the connections of this thread, even to a database in memory."""
    for connection in connections.all(initialized_only=True):
        BaseDatabaseWrapper.close(connection)
