"""Fixtures of the admin."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from django.db import connection
from django.utils import timezone
from playwright.async_api import Browser, BrowserContext, Page

from harness import npm
from harness.admin import LIST
from harness.commands import manage
from harness.inspection_site import SPECIMENS
from harness.servers import Server, serve
from sse_pipeline import signals
from sse_pipeline.journal import rows
from sse_pipeline.journal.backlog import Record
from sse_pipeline.journal.upsert import write
from sse_pipeline.models import Process

collect_ignore = [] if npm.is_ready() else ["test_accessibility.py"]


@pytest.fixture
def process() -> Process:
    now = timezone.now()
    return Process.objects.create(host="host", pid=7, started_at=now, seen_at=now)


@pytest.fixture
def heard(process: Process) -> Any:
    """Write all that streams do in this thread into the journal, at once.

    Another thread has another connection: what it wrote would outlive the test.
    """
    records: list[Record] = []
    thread = threading.get_ident()

    def listen(*, snapshot: Any, cause: Any, steps: Any, **_: Any) -> None:
        if threading.get_ident() != thread:
            return
        record = Record(snapshot, cause, list(steps), timezone.now().timestamp())
        write(
            connection, rows.rows_of_records([record], process.id, rows.DatabaseValues(connection))
        )
        records.append(record)

    signals.stream_changed.connect(listen)
    yield records
    signals.stream_changed.disconnect(listen)


@pytest.fixture(scope="session")
def inspected(site_environment: dict[str, str]) -> Iterator[Server]:
    """Serve the site of the specimens. Its database is that of the session, and so is its user."""
    environment = {**site_environment, "DJANGO_SETTINGS_MODULE": "harness.inspection_settings"}
    manage(environment, "createsuperuser", "--noinput", "--username=iris", "--email=a@example.com")
    with serve("daphne", "harness.inspection_site:application", environment) as server:
        yield server


@pytest.fixture(scope="session")
def specimens(inspected: Server) -> dict[str, str]:
    """Have a stream of each state and reason; return their ids."""
    with urllib.request.urlopen(f"{inspected.url}/specimens/", data=b"") as response:
        ids: dict[str, str] = json.load(response)
    assert list(ids) == [specimen.__name__ for specimen in SPECIMENS]
    return ids


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cookies(browser: Browser, inspected: Server) -> list[Any]:
    """Log a member of the staff in, once; return the cookies."""
    async with await browser.new_context() as context:
        page = await context.new_page()
        await page.goto(f"{inspected.url}/admin/login/?next={LIST}")
        await page.get_by_label("Username").fill("iris")
        await page.get_by_label("Password").fill("secret")
        await page.get_by_role("button", name="Log in").click()
        await page.wait_for_url(f"**{LIST}")
        return list(await context.cookies())


@pytest_asyncio.fixture(loop_scope="session")
async def admin(context: BrowserContext, cookies: list[Any]) -> Page:
    """Open a page of a member of the staff."""
    await context.add_cookies(cookies)
    return await context.new_page()
