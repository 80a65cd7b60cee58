"""Fixtures for all tests: servers, databases, a browser, and a fresh store for each test."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_asyncio
import pytest_django
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import override_settings
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from pytest_django import Settings

from harness import chromium, database_stores, databases
from harness import mariadb as maria
from harness import postgresql as postgres
from harness.mariadb import MariaDB
from harness.postgresql import PostgreSQL
from harness.redis_server import EXECUTABLES, RedisServer, closing_all, cluster, redis_server
from harness.servers import ROOT, SERVERS, Server, serve
from sse_pipeline import journal
from sse_pipeline.stores import Store
from sse_pipeline.testing.subject import Factory

# An example may take longer than usual on a busy machine: that is no fault of it.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

pytest_plugins = ["sse_pipeline.testing.fixtures"]

BROWSER_FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


#: The fixtures that start processes. A file whose tests start others has the mark `processes`.
STARTING = {
    "browser",
    "site_environment",
    "postgresql",
    "mariadb",
    "redis",
    "each_redis",
    "each_cluster",
    "server_name",
}

#: Two servers show what differs from one to another on each run; `make servers` tries these too.
OTHER_SERVERS = {"granian", "hypercorn"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that start processes; run those of the browser in the loop it lives in.

    Those that share what is costly to start come together, and so in one process. Those that wait
    for most of their time come first: at the end nothing would be left to do beside them.
    """
    for item in items:
        if _uses(item, "browser"):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.browser)
        if not STARTING.isdisjoint([*getattr(item, "fixturenames", ()), *_parameters(item)]):
            item.add_marker(pytest.mark.processes)
        if item.get_closest_marker("processes") and not OTHER_SERVERS.isdisjoint(_parameters(item)):
            item.add_marker(pytest.mark.other_servers)
    items.sort(key=lambda item: not _uses(item, "journal_database"))
    items.sort(key=lambda item: not _uses(item, "browser"))
    items.sort(key=lambda item: item.get_closest_marker("patient") is None)


def _uses(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


def _parameters(item: pytest.Item) -> list[str]:
    """Name the parameters that are the names of fixtures, such as those of `journal_database`."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return [value for value in values if isinstance(value, str)]


@pytest.fixture(params=SERVERS)
def server_name(request: pytest.FixtureRequest) -> str:
    """Name each of the servers in turn."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def site_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Migrate a database for the site's processes, and give the environment that names it."""
    database: Path = tmp_path_factory.mktemp("site") / "db.sqlite3"
    environment = {"DJANGO_DATABASE": str(database), "DJANGO_SETTINGS_MODULE": "project.settings"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )
    return environment


@pytest.fixture(scope="session")
def site(site_environment: dict[str, str]) -> Iterator[Server]:
    """Serve the demonstration site with Daphne."""
    with serve("daphne", "project.asgi:application", site_environment) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run the system's Chromium."""
    executable = chromium.executable()
    if executable is None:
        pytest.skip(chromium.ADVICE)
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable, args=[*BROWSER_FLAGS, *sandbox]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Open a browser context without cookies, storage or cache."""
    context = await browser.new_context()
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    """Open a page of its own."""
    return await context.new_page()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Have the database of the tests in a file.

    In memory, threads that share it wait for no lock: a finalizer beside a request fails at once.
    """
    settings = connections.databases["default"]
    settings["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "tests.sqlite3")


@pytest_asyncio.fixture
async def database_of_loop(transactional_db: None) -> AsyncIterator[None]:
    """Let an asynchronous test use the database, and leave its thread no connection."""
    yield
    await sync_to_async(databases.disconnect)()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Run a PostgreSQL server."""
    with postgres.served() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """Run a MariaDB server."""
    if maria.executable() is None:
        pytest.skip(maria.ADVICE)
    with maria.served() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def journal_database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[str]:
    """Give the test a database for the journal, one of each kind in turn; name its alias."""
    if request.param == "sqlite":
        settings = databases.sqlite(tmp_path / "journal.sqlite3")
    else:
        settings = request.getfixturevalue(request.param).settings
    with django_db_blocker.unblock(), databases.as_journal(settings) as alias:
        yield alias


@pytest.fixture
def journaled(journal_database: str, settings: pytest_django.Settings) -> Iterator[str]:
    """Keep a journal in that database."""
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    journal.reset()  # an earlier test may have left a writer for another database
    journal.connect(in_tests=True)
    yield journal_database
    journal.disconnect()
    journal.reset()


@pytest.fixture(autouse=True, scope="session")
def no_journal() -> None:
    """Keep no journal, but where a test asks for it."""
    journal.disconnect()


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """Run a Redis server, which no test disturbs."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session", params=EXECUTABLES, ids=lambda path: Path(path).name)
def each_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Run each server that is there in turn, Redis and Valkey."""
    with redis_server(executable=request.param) as server:
        yield server


@pytest.fixture(scope="session", params=EXECUTABLES, ids=lambda path: Path(path).name)
def each_cluster(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Run a cluster of two of each; give one of the two."""
    with cluster(request.param) as (server, _):
        yield server


@pytest.fixture
def redis_stores(redis: RedisServer) -> Iterator[Factory]:
    """Make stores over a server, which end with the test."""
    with closing_all(redis.url) as make:
        yield make


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[str]:
    """Name the store in a database in a file."""
    with database_stores.as_store(database_stores.on_sqlite(tmp_path)) as name:
        yield name


@pytest.fixture(params=["memory", "redis", "database"])
def store(request: pytest.FixtureRequest, settings: Settings) -> Callable[..., None]:
    """Use each store in turn, with further settings."""
    where = {}
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        where = {"STORE": server.url}
    elif request.param == "database":
        where = {"STORE": request.getfixturevalue("file_store")}

    def use(**more: Any) -> None:
        settings.SSE_PIPELINE = {**where, **more}

    use()
    return use


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Hash passwords quickly: the default takes half a second of the processor for each."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def fresh_store(sse_store: Store) -> None:
    """Give each test a store of its own."""
