"""Fixtures of the rights to a stream."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from harness.redis_server import RedisServer
from sse_pipeline import journal
from tests.access import revocations
from tests.access.revocations import HEARTBEAT, Configure


@pytest.fixture
def installed_alone(settings: Any) -> None:
    """Install nothing but the library."""
    settings.INSTALLED_APPS = ["sse_pipeline"]
    journal.disconnect()  # the applications have started once more


@pytest.fixture
def configure(settings: Any, no_patches: None) -> Configure:
    def configure(**more: Any) -> None:
        settings.SSE_PIPELINE = {"HEARTBEAT": HEARTBEAT, **more}

    settings.ROOT_URLCONF = "tests.access.revocations"
    configure()
    return configure


@pytest.fixture
def no_patches() -> Iterator[None]:
    revocations.asked.clear()
    yield
    mock.patch.stopall()


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, redis: RedisServer) -> dict[str, str]:
    return {"STORE": redis.url if request.param == "redis" else "memory"}
