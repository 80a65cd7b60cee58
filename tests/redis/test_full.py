"""A Redis that is full: producers wait, then are told; with room again nothing was lost."""

import contextlib
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from redis.exceptions import OutOfMemoryError

from harness.event_source import EventSource, check, numbers
from harness.fault_client import APPLICATION
from harness.producers import SETTINGS, producers
from harness.redis_server import EXECUTABLES, RedisServer, redis_server
from harness.servers import serve
from harness.tuned_store import tuned_store
from harness.waiting import until
from sse_pipeline import SSEHandler
from sse_pipeline.decoder import Decoder
from sse_pipeline.exceptions import StoreUnavailable
from sse_pipeline.stores.redis import Tuning

pytestmark = pytest.mark.processes

LIMIT = ("--maxmemory", "8mb", "--maxmemory-policy", "noeviction")
COUNT = 3000


@pytest.fixture(params=EXECUTABLES, ids=lambda path: Path(path).name)
def small(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Run a server with little room."""
    with redis_server(*LIMIT, executable=request.param) as server:
        yield server


@contextlib.contextmanager
def filled(server: RedisServer) -> Iterator[None]:
    """Leave no room in it."""
    with server.client() as client:
        for size in (100_000, 1_000, 10):
            with contextlib.suppress(OutOfMemoryError):
                for number in count():
                    client.set(f"ballast:{size}:{number}", "x" * size)
        yield
        for key in client.scan_iter("ballast:*", count=1000):
            client.unlink(key)


def refusals(server: RedisServer) -> int:
    with server.client() as client:
        errors: Any = client.info("errorstats")
        return int(errors.get("errorstat_OOM", {"count": 0})["count"])


def test_producers_wait_for_room_and_readers_get_everything(small: RedisServer) -> None:
    with (
        producers(small.url) as (producer,),
        serve("uvicorn", APPLICATION, {**SETTINGS, "SSE_PIPELINE_STORE": small.url}) as web,
    ):
        stream = producer("open", ["text"])
        client = EventSource([web.url], stream)
        producer("blast", stream, "text", 0, 100)
        with filled(small):
            before = refusals(small)
            producer("blast", stream, "text", 100, COUNT)
            producer.start("complete", stream, "text")
            until(lambda: refusals(small) > before + 3)
        assert producer.answer()
        events = client.wait()
    check(events)
    assert numbers(events) == list(range(100 + COUNT))
    assert events[-1].event == "complete"


def test_producers_are_told_within_the_bound_and_may_go_on(
    small: RedisServer, settings: Settings
) -> None:
    tuning = Tuning(patience=0.5, queue_bytes=100_000)
    settings.SSE_PIPELINE = {"STORE": tuned_store(small.url, tuning)}
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="before")
    handler.snapshot()
    with filled(small):
        begun, sent = time.monotonic(), 0
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            for sent in range(COUNT):
                handler.send("text", chunk=f"{sent:0500}")
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            handler.snapshot()
        assert time.monotonic() - begun < 10
        assert 0 < sent < COUNT
    until(lambda: _answers(handler))
    handler.send("text", chunk="after")
    assert handler.mark_component_complete("text")
    events = list(Decoder().feed(b"".join(handler)))
    chunks = [event.json()["chunk"] for event in events if event.event == "text"]
    assert chunks == ["before", *(f"{number:0500}" for number in range(sent + 1)), "after"]
    assert events[-1].event == "complete"


def _answers(handler: SSEHandler) -> bool:
    try:
        return bool(handler.snapshot())
    except StoreUnavailable:
        return False
