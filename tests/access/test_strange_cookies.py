"""Cookies that no session could have set."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.test import RequestFactory

from harness import databases
from harness.postgresql import PostgreSQL
from sse_pipeline.access import owners


class ToPostgreSQL:
    """The router that looks up everything there."""

    def db_for_read(self, model: Any, **_: Any) -> str:
        return databases.ALIAS


@pytest.fixture
def sessions_in_postgresql(
    postgresql: PostgreSQL,
    settings: pytest_django.Settings,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> Iterator[None]:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    with django_db_blocker.unblock(), databases.as_journal(postgresql.settings):
        settings.DATABASE_ROUTERS = [ToPostgreSQL()]
        yield


@pytest.mark.usefixtures("sessions_in_postgresql")
def test_a_cookie_with_a_nul_is_nobody() -> None:
    request = RequestFactory().get("/", headers={"cookie": r'sessionid="\000\000aaaaaaaa"'})
    assert request.COOKIES == {"sessionid": "\0\0aaaaaaaa"}
    assert owners.identities(request) == frozenset()
    assert owners.opener_of(request) is None
