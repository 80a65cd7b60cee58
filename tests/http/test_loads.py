"""One request loads its stream once."""

from typing import Any

import pytest

from harness.site_client import path_of, request
from harness.stores import CountingStore
from sse_pipeline import SSEHandler, stores


@pytest.fixture
def store(settings: Any) -> CountingStore:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.CountingStore"}
    store = stores.current()
    assert isinstance(store, CountingStore)
    return store


@pytest.mark.parametrize("route", ["events", "status"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_request_loads_the_stream_once(
    route: str, method: str, store: CountingStore
) -> None:
    handler = SSEHandler()
    await handler.amark_complete()
    store.loads = 0
    assert (await request(method, path_of(route, handler.stream_id))).status == 200
    assert store.loads == 1
