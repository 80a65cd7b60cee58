"""`STORE = "database"`: which database it means, and what is said where it can't be kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections
from pytest_django import Settings

from harness import databases, mariadb
from harness.database_stores import ALIAS, installed
from project.databases import database_of
from sse_pipeline import stores
from sse_pipeline.checks import check_settings
from sse_pipeline.stores.database.database_store import DatabaseStore
from sse_pipeline.stores.database.models import StoredStream


@pytest.fixture
def application() -> Iterator[None]:
    with installed():
        yield
        stores.reset()


@pytest.fixture
def second(tmp_path: Path, application: None) -> Iterator[Path]:
    connections.settings[ALIAS] = databases.sqlite(tmp_path / "second.sqlite3")
    yield tmp_path
    connections[ALIAS].close()
    del connections[ALIAS]
    del connections.settings[ALIAS]


class ToTheStreams:
    """The router that sends the streams to a database of their own."""

    def db_for_write(self, model: Any, **_: Any) -> str | None:
        return ALIAS if model is StoredStream else None


@pytest.mark.parametrize("by_router", [True, False])
def test_the_alias_or_a_router_chooses_the_database(
    second: Path, settings: Settings, *, by_router: bool
) -> None:
    settings.DATABASE_ROUTERS = [ToTheStreams()] if by_router else []
    settings.SSE_PIPELINE = {"STORE": "database" if by_router else f"database:{ALIAS}"}
    store = stores.current()
    assert isinstance(store, DatabaseStore)
    assert [*second.iterdir()] == []  # nothing is asked of it yet
    store.probe()
    assert (second / "second.streams.sqlite3").exists()


def test_a_database_in_memory_has_a_file_for_its_process(
    application: None, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": "database"}
    stores.current().probe()


@pytest.mark.parametrize(
    ("store", "complaint"),
    [
        ("database:nowhere", "DATABASES has no 'nowhere'"),
        (f"database:{ALIAS}", "'mysql', and streams are kept in PostgreSQL or SQLite only"),
    ],
)
def test_a_database_that_can_not_keep_streams_is_named(
    store: str, complaint: str, second: Path, settings: Settings
) -> None:
    assert mariadb.ADVICE  # it makes PyMySQL known to Django
    connections.settings[ALIAS] = {
        **connections.settings[ALIAS], "ENGINE": "django.db.backends.mysql", "OPTIONS": {},
    }  # fmt: skip
    settings.SSE_PIPELINE = {"STORE": store}
    (message,) = check_settings()
    assert message.id == "sse_pipeline.E001"
    assert "SSE_PIPELINE['STORE']" in message.msg
    assert complaint in message.msg


def test_the_application_has_to_be_installed(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "database"}
    with pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS has no 'sse_pipeline.stores"):
        stores.current()


@pytest.mark.django_db
def test_its_migrations_are_complete(application: None) -> None:
    call_command("makemigrations", "sse_pipeline_database", check=True, dry_run=True, verbosity=0)


def test_the_demonstration_takes_a_url_of_postgresql() -> None:
    settings = database_of("postgresql://ann:s%20cret@host:5433/site?sslmode=require")
    assert (settings["USER"], settings["PASSWORD"]) == ("ann", "s cret")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("host", "5433", "site")
    assert settings["OPTIONS"] == {"sslmode": "require"}
    in_socket = database_of("postgresql://postgres@/postgres?host=/run/postgresql")
    assert in_socket["OPTIONS"] == {"host": "/run/postgresql"}
