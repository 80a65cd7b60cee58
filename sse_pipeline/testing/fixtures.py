"""Fixtures for pytest: `pytest_plugins = ["sse_pipeline.testing.fixtures"]` in a `conftest.py`."""

from collections.abc import Iterator

import pytest

from .. import journal, stores
from ..stores import Store
from ..streams.watchdog import watchdog_of
from .runner import let_go


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close the store after the last test, before the databases of the tests are dropped."""
    if nextitem is None:
        let_go()


@pytest.fixture
def sse_journal(transactional_db: None) -> Iterator[None]:
    """Keep a journal in the database of the test. `journal.flush()` waits until it is written.

    Without this fixture no journal is kept in a test run.
    """
    journal.connect(in_tests=True)
    yield
    journal.reset()
    journal.connect()


@pytest.fixture
def sse_store() -> Iterator[Store]:
    """Give the test a store of its own, as the settings say."""
    stores.reset()
    yield stores.current()
    watchdog_of(stores.current()).stop()
    stores.reset()
