"""A stream that is stopped: what its producers had counts, and the stream ends complete."""

import asyncio
import threading
from typing import Any

import pytest
from pytest_django import Settings

from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler, StreamEnded
from sse_pipeline.lifecycle.snapshot import Stop
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import TIMEOUT


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Use each store in turn."""
    if request.param == "redis":
        server: RedisServer = request.getfixturevalue("redis")
        settings.SSE_PIPELINE = {"STORE": server.url}


def ending(handler: SSEHandler) -> dict[str, Any]:
    document: dict[str, Any] = list(Decoder().feed(b"".join(handler)))[-1].json()
    return document


@pytest.mark.usefixtures("store")
def test_a_producer_in_a_thread_hears_of_a_stop_and_its_work_counts() -> None:
    handler = SSEHandler(components=["text", "speech"])
    handler.send("text", component="text", chunk="Hello")
    told = threading.Event()

    def speak() -> None:
        assert handler.is_cancelled.wait(TIMEOUT)
        told.set()
        handler.fail_component("speech", asyncio.CancelledError())

    thread = threading.Thread(target=speak)
    thread.start()
    handler.mark_component_complete("text")
    assert handler.stop("owner", heard_ms=1200, heard_offset=4)
    assert not handler.stop()
    assert told.wait(TIMEOUT)
    thread.join(TIMEOUT)
    assert handler.snapshot().stopped == Stop("owner", 1200, 4)
    end = ending(handler)
    assert (end["type"], end["stopped"], end["stopped_by"]) == ("complete", True, "owner")
    assert (end["heard_ms"], end["heard_offset"]) == (1200, 4)
    statuses = {name: entry["status"] for name, entry in end["components"].items()}
    assert statuses == {"text": "complete", "speech": "stopped"}
    assert not handler.stop()
    with pytest.raises(StreamEnded):
        handler.send("text", chunk="late")


@pytest.mark.usefixtures("store")
async def test_a_task_that_is_cancelled_by_a_stop_settles_as_stopped() -> None:
    handler = SSEHandler()
    begun = asyncio.Event()

    async def write() -> None:
        async with handler.component("text") as text:
            await text.asend("text", chunk="Hello")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    assert await handler.astop()
    assert await handler.cancellation()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await handler.ended()
    snapshot = await handler.asnapshot()
    assert (snapshot.state, snapshot.verdict) == ("complete", None)
    assert snapshot.ledger()["text"]["status"] == "stopped"


def test_what_does_not_react_to_a_stop_is_stopped_when_its_time_is_over(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"DRAIN_LIMIT": 0.05}
    handler = SSEHandler(components=["text"])
    handler.open()
    assert handler.stop()
    assert handler.is_complete.wait(TIMEOUT)
    assert ending(handler)["components"]["text"]["status"] == "stopped"


def test_a_cancel_condemns_what_was_stopped() -> None:
    handler = SSEHandler(components=["text"])
    handler.open()
    assert handler.stop()
    assert handler.cancel()
    handler.fail_component("text", asyncio.CancelledError())
    end = ending(handler)
    assert (end["type"], end["reason"], end["stopped"]) == ("errored", "cancelled", True)
    assert end["components"]["text"]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("by", {"by": " "}),
        ("heard_ms", {"heard_ms": -1}),
        ("heard_ms", {"heard_ms": 1.5}),
        ("heard_offset", {"heard_offset": 2**53}),
        ("heard_offset", {"heard_offset": True}),
    ],
)
def test_a_place_that_is_none_is_named(name: str, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{name}: "):
        SSEHandler().stop(**values)
