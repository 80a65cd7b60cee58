"""Streams that vanish from the server: a flush, an eviction, a start without a file."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from pytest_django import Settings
from redis import Redis

from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler, StreamEnded, StreamNotFound
from sse_pipeline.answers import Answer

pytestmark = pytest.mark.processes

PATIENCE = 60


async def iterate(handler: SSEHandler, began: threading.Event) -> None:
    async for _ in handler:
        began.set()


async def iterate_in_a_thread(handler: SSEHandler, began: threading.Event) -> None:
    def read() -> None:
        for _ in handler:
            began.set()

    await asyncio.to_thread(read)


async def ended(handler: SSEHandler, began: threading.Event) -> None:
    began.set()
    await handler.ended()


async def cancellation(handler: SSEHandler, began: threading.Event) -> None:
    began.set()
    assert not await handler.cancellation()


async def wait_in_a_thread(handler: SSEHandler, began: threading.Event) -> None:
    def wait() -> None:
        began.set()
        handler.is_complete.wait()

    await asyncio.to_thread(wait)


async def answer(handler: SSEHandler, began: threading.Event) -> None:
    async def chunks() -> AsyncIterator[str]:
        yield "one"
        began.set()
        await asyncio.Event().wait()

    await Answer(handler).run(chunks())


WAITS = (iterate, iterate_in_a_thread, ended, cancellation, wait_in_a_thread, answer)


def flush(client: Redis, handler: SSEHandler) -> None:
    client.flushall()


def evict(client: Redis, handler: SSEHandler) -> None:
    client.delete(*client.keys(f"*{handler.stream_id}*"))


@pytest.mark.parametrize("vanish", [flush, evict])
async def test_nobody_waits_for_ever(
    vanish: Callable[[Redis, SSEHandler], None], server: RedisServer, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": server.url, "LEASE": 1}
    handlers = [SSEHandler() for _ in WAITS]
    tasks = []
    for handler, wait in zip(handlers, WAITS, strict=True):
        await handler.aregister_component("text_generation")
        began = threading.Event()
        tasks.append(asyncio.ensure_future(wait(handler, began)))
        assert await asyncio.to_thread(began.wait, PATIENCE)
    with server.client() as client:
        for handler in handlers:
            vanish(client, handler)
    _, waiting = await asyncio.wait(tasks, timeout=PATIENCE)
    assert not waiting
    for task in tasks:
        task.result()


async def send(handler: SSEHandler) -> None:
    with contextlib.suppress(StreamEnded):  # the check of another thread may be faster
        await handler.asend("text", chunk="too late")


async def load(handler: SSEHandler) -> None:
    with pytest.raises(StreamNotFound):
        await handler.asnapshot()


async def complete(handler: SSEHandler) -> None:
    assert not await handler.amark_component_complete("text_generation")


@pytest.mark.parametrize("ask", [send, load, complete])
async def test_whoever_finds_that_it_vanished_tells_those_who_wait(
    ask: Callable[[SSEHandler], Awaitable[None]], server: RedisServer, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": server.url, "LEASE": 600}  # no check of a lease finds it
    handler = SSEHandler()
    await handler.aregister_component("text_generation")
    began = threading.Event()
    reading = asyncio.ensure_future(iterate(handler, began))
    waiting = asyncio.ensure_future(handler.ended())
    assert await asyncio.to_thread(began.wait, PATIENCE)
    with server.client() as client:
        client.flushall()
    await ask(handler)
    await asyncio.wait_for(asyncio.gather(reading, waiting), PATIENCE)
