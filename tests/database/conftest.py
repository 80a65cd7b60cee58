"""The fixtures of the database store's tests: a database of each kind, and stores in it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django

from harness import database_stores
from harness.database_stores import StreamDatabase, as_streams, closing_stores

#: Those over Redis play the same in each run, and take as long.
collect_ignore = [] if "SSE_SCHEDULES" in os.environ else ["test_random_schedules.py"]


def made(
    kind: str, request: pytest.FixtureRequest, blocker: pytest_django.DjangoDbBlocker
) -> Iterator[StreamDatabase]:
    if kind == "sqlite":
        folder = request.getfixturevalue("tmp_path_factory").mktemp("streams")
        database = database_stores.on_sqlite(folder)
    else:
        database = database_stores.on_postgresql(request.getfixturevalue("postgresql"))
    with blocker.unblock(), as_streams(database):
        yield database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[StreamDatabase]:
    """Keep streams in a database, one of each kind in turn."""
    yield from made(request.param, request, django_db_blocker)


@pytest.fixture
def database_stores_of(database: StreamDatabase) -> Iterator[Any]:
    """Make stores in that database, which end with the test."""
    with closing_stores() as make:
        yield make
