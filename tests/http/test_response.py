"""The response of a view: what it holds, who iterates over it, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from pytest_django import Settings

from harness.attached import AttachedMemoryStore, AttachedRedisStore, counting
from harness.redis_server import RedisServer
from harness.wire import unopened
from sse_pipeline import SSEHandler, stores
from sse_pipeline.http.response import PulledDelivery
from sse_pipeline.http.shutdown import ProcessEnd
from sse_pipeline.testing import Decoder

PATIENCE = 10


class Wrapper:
    """A request in another one, which passes on what it has not itself."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class Box(HttpRequest):
    """A request in another one, which shows nothing of it but its headers."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__()
        self.META = request.META
        self.method = request.method


def opened() -> SSEHandler:
    handler = SSEHandler(components=["a"])
    handler.send("text", chunk="x")
    return handler


def ended() -> SSEHandler:
    handler = opened()
    handler.mark_component_complete("a")
    return handler


def reading(response: Any) -> AsyncGenerator[bytes]:
    """Iterate as Django's handler of ASGI does."""
    chunks: AsyncGenerator[bytes] = aiter(response)
    return chunks


def names(*chunks: bytes) -> list[str]:
    decoder = Decoder()
    return [event.event for chunk in chunks for event in decoder.feed(chunk) if event.data]


# What it holds


@pytest.fixture(params=["memory", "redis"])
def store(
    request: pytest.FixtureRequest, redis: RedisServer, settings: Settings
) -> AttachedMemoryStore | AttachedRedisStore:
    url = redis.url if request.param == "redis" else None
    settings.SSE_PIPELINE = {**counting(url), "HEARTBEAT": 60}
    store = stores.current()
    assert isinstance(store, AttachedMemoryStore | AttachedRedisStore)
    return store


def test_a_response_that_is_thrown_away_holds_nothing(rf: RequestFactory, store: Any) -> None:
    handler = opened()
    handler.response(rf.get("/"))
    assert store.attached == 0
    handler.response(rf.head("/"))
    assert store.attached == 0
    handler.mark_component_complete("a")
    assert handler.response(rf.get("/", headers={"Last-Event-ID": "5"})).status_code == 204
    assert handler.response(rf.get("/", headers={"Last-Event-ID": "4"})).status_code == 200
    assert store.attached == 0


async def test_a_response_of_an_asynchronous_view_holds_nothing(
    async_rf: AsyncRequestFactory, store: Any
) -> None:
    handler = SSEHandler(components=["a"])
    await handler.asend("text", chunk="x")
    response = await handler.aresponse(async_rf.get("/"))
    assert (await handler.areply(async_rf.get("/"))).reader is not None
    assert store.attached == 0
    async with aclosing(reading(response)) as chunks:
        await asyncio.wait_for(anext(chunks), PATIENCE)
        assert store.attached == 1
    assert store.attached == 0


async def test_a_reader_that_is_cancelled_while_it_attaches(
    async_rf: AsyncRequestFactory, store: Any
) -> None:
    handler = SSEHandler(components=["a"])
    await handler.asend("text", chunk="x")
    response = await handler.aresponse(async_rf.get("/"))

    async def read() -> None:
        async for _ in reading(response):
            pass

    for turns in range(8):
        task = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)  # the task goes on, to a place where it can be cancelled
        task.cancel()
        await asyncio.wait([task])
        response = await handler.aresponse(async_rf.get("/"))
    await handler.amark_component_complete("a")
    await asyncio.wait_for(read(), PATIENCE)
    assert store.attached == 0


def test_a_stream_that_is_forgotten_before_it_is_read(rf: RequestFactory) -> None:
    handler = ended()
    response = handler.response(rf.get("/"))
    stores.current().forget(handler.stream_id)  # type: ignore[attr-defined]
    assert unopened(b"".join(response)) == b""


# Who iterates over it


async def test_a_request_in_another_is_read_by_the_loop(async_rf: AsyncRequestFactory) -> None:
    for wrapped in (Wrapper(async_rf.get("/")), Box(async_rf.get("/"))):
        response = ended().response(wrapped)  # type: ignore[arg-type]
        chunks = [chunk async for chunk in reading(response)]
        assert names(*chunks)[-1] == "complete"


async def test_the_loop_reads_while_the_stream_goes_on(async_rf: AsyncRequestFactory) -> None:
    handler = opened()
    response = handler.response(Box(async_rf.get("/")))
    async with aclosing(reading(response)) as chunks:
        assert names(await asyncio.wait_for(anext(chunks), PATIENCE))[-1] == "text"


def test_a_request_in_another_is_read_by_a_thread(rf: RequestFactory) -> None:
    response = ended().response(Wrapper(rf.get("/")))  # type: ignore[arg-type]
    assert names(*response)[-1] == "complete"
    assert not response.is_async  # type: ignore[attr-defined]


def test_an_asynchronous_view_under_wsgi_is_read_by_a_thread(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert isinstance(request, WSGIRequest)
    response = asyncio.run(ended().aresponse(request))
    assert names(*response)[-1] == "complete"


async def test_middleware_replaces_the_content(async_rf: AsyncRequestFactory) -> None:
    response = ended().response(Wrapper(async_rf.get("/")))  # type: ignore[arg-type]
    assert isinstance(response, StreamingHttpResponse)
    assert response.is_async
    content = response.streaming_content

    async def replaced() -> AsyncGenerator[bytes]:
        async for chunk in content:  # type: ignore[union-attr]
            yield chunk.upper()

    response.streaming_content = replaced()
    assert b"".join([chunk async for chunk in reading(response)]).startswith(b"RETRY")


def test_middleware_replaces_the_content_under_wsgi(rf: RequestFactory) -> None:
    response = ended().response(rf.get("/"))
    assert isinstance(response, StreamingHttpResponse)
    response.streaming_content = [b"other"]
    assert list(response) == [b"other"]


# How it ends


def pulled(reply: Any, scope: Any = None, **options: Any) -> AsyncGenerator[bytes]:
    return PulledDelivery(scope or {}, **options).pull(reply.reader)


async def test_a_chunk_that_is_not_taken_in_time_is_dropped_with_its_connection(
    async_rf: AsyncRequestFactory, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"WRITE_TIMEOUT": 0.01}
    dropped = asyncio.Event()
    scope = {"extensions": {"sse_pipeline.abort": dropped.set}}
    reply = await opened().areply(async_rf.get("/"))
    async with aclosing(pulled(reply, scope)) as chunks:
        await anext(chunks)
        await asyncio.wait_for(dropped.wait(), PATIENCE)


async def test_a_task_is_cancelled_whose_connection_is_not_shown(
    async_rf: AsyncRequestFactory, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"WRITE_TIMEOUT": 0.01}
    handler = opened()
    reply = await handler.areply(async_rf.get("/"))

    async def send() -> None:
        async with aclosing(pulled(reply)) as chunks:
            async for _ in chunks:
                await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.create_task(send()), PATIENCE)
    log = stores.current().attach(handler.stream_id)
    assert log.readers == 0  # type: ignore[union-attr]


async def test_a_time_between_chunks_is_not_bounded(
    async_rf: AsyncRequestFactory, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"WRITE_TIMEOUT": 0.01, "HEARTBEAT": 0.05}
    dropped = asyncio.Event()
    scope = {"extensions": {"sse_pipeline.abort": dropped.set}}
    reply = await opened().areply(async_rf.get("/"))
    async with aclosing(pulled(reply, scope)) as chunks:
        for _ in range(4):
            await anext(chunks)
        assert not dropped.is_set()


async def test_a_chunk_whose_write_was_broken_off(async_rf: AsyncRequestFactory) -> None:
    dropped = asyncio.Event()
    scope = {"extensions": {"sse_pipeline.abort": dropped.set}}
    reply = await opened().areply(async_rf.get("/"))
    async with aclosing(pulled(reply, scope)) as chunks:
        await anext(chunks)
    assert dropped.is_set()


@pytest.mark.parametrize("shutting_down", [True, False])
async def test_a_view_whose_task_is_cancelled(
    async_rf: AsyncRequestFactory, shutting_down: bool
) -> None:
    """As Daphne does with Django 6.1, which sends in the task that is cancelled."""
    end = ProcessEnd()
    reply = await opened().areply(async_rf.get("/"))
    sent: list[bytes] = []
    waiting = asyncio.Event()

    async def send() -> None:
        async with aclosing(pulled(reply, end=end)) as chunks:
            async for chunk in chunks:
                sent.append(chunk)
                waiting.set()

    sending = asyncio.create_task(send())
    await waiting.wait()
    await asyncio.sleep(0)  # the reader waits for more
    end.began = shutting_down
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sending, PATIENCE)
    assert names(*sent)[-1] == ("errored" if shutting_down else "text")
    assert len(end) == 0
