"""A site that the client module reads. Tests that need packages of npm are collected with them."""

from collections.abc import Iterator

import pytest

from harness import npm
from harness.servers import Server, serve

NEED_NPM = ["test_client_in_node.py", "test_client_package.py", "test_clients.py", "test_react.py"]
collect_ignore = [] if npm.is_ready() else NEED_NPM

SETTINGS = {"DJANGO_SETTINGS_MODULE": "harness.client_settings", "PYTHONDEVMODE": "1"}


@pytest.fixture(scope="session")
def client_site() -> Iterator[Server]:
    """Serve streams to the client module, with pings that come soon."""
    with serve("uvicorn", "harness.client_site:application", SETTINGS) as server:
        yield server
