"""One plan, two drivers; and everything above a store over one that makes them wait."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest
from django.core.exceptions import SynchronousOnlyOperation
from pytest_django import Settings

from sse_pipeline import SSEHandler, stores
from sse_pipeline.exceptions import AlreadyRegistered, StreamEnded, StreamNotFound
from sse_pipeline.streams.plans import Plan, arun, run, wait
from sse_pipeline.testing import Decoder


@pytest.fixture
def remote(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.remote_store.RemoteStore"}


def done(value: Any = None, error: Exception | None = None) -> Future[Any]:
    future: Future[Any] = Future()
    if error:
        future.set_exception(error)
    else:
        future.set_result(value)
    return future


def plan(log: list[Any]) -> Plan[str]:
    log.append((yield from wait(1)))
    log.append((yield from wait(done(2))))
    try:
        yield done(error=KeyError("x"))
    except KeyError:
        log.append("caught")
    return "result"


def test_the_synchronous_driver() -> None:
    log: list[Any] = []
    assert run(plan(log), "twin") == "result"
    assert log == [1, 2, "caught"]


async def test_the_asynchronous_driver() -> None:
    log: list[Any] = []
    assert await arun(plan(log)) == "result"
    assert log == [1, 2, "caught"]


def raising() -> Plan[None]:
    yield done(error=LookupError("lost"))


async def test_what_a_store_raises_is_raised() -> None:
    with pytest.raises(LookupError, match="lost"):
        await arun(raising())
    with pytest.raises(LookupError, match="lost"):
        await asyncio.to_thread(run, raising(), "twin")


def waiting() -> Plan[None]:
    yield Future()


async def test_the_synchronous_driver_does_not_block_a_loop() -> None:
    with pytest.raises(SynchronousOnlyOperation, match="use the twin"):
        run(waiting(), "the twin")


@pytest.mark.usefixtures("remote")
async def test_the_handler_names_its_twin() -> None:
    handler = SSEHandler()
    with pytest.raises(SynchronousOnlyOperation, match="aregister_component"):
        handler.register_component("a")


@pytest.mark.usefixtures("remote")
async def test_the_asynchronous_handler_over_a_store_that_waits() -> None:
    handler = SSEHandler()
    async with handler.component("a", timeout=None) as component:
        await handler.aregister_component("b")
        for number in range(50):
            await component.asend("text", chunk=number)
        with pytest.raises(AlreadyRegistered):
            await handler.aregister_component("b", required=False)
    ended = asyncio.create_task(handler.ended())
    await handler.afail_component("b", "broke")
    await asyncio.wait_for(ended, 10)
    decoder = Decoder()
    told = [event async for frame in handler for event in decoder.feed(frame)]
    assert [int(event.id) for event in told] == list(range(1, len(told) + 1))
    assert [event.json()["chunk"] for event in told if event.event == "text"] == list(range(50))
    assert told[-1].event == "errored"


@pytest.mark.usefixtures("remote")
def test_the_synchronous_handler_over_a_store_that_waits() -> None:
    handler = SSEHandler(components=["a", "b"])
    threads = [
        threading.Thread(target=handler.mark_component_complete, args=(name,)) for name in "ab"
    ]
    for thread in threads:
        thread.start()
    assert handler.is_complete.wait(10)
    with pytest.raises(StreamEnded):
        handler.send("text")
    with pytest.raises(StreamNotFound):
        SSEHandler.attach("nobody")
    assert next(iter(handler)).startswith(b"event: stream\n")
    assert stores.current().open_streams() == []
