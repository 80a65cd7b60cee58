import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from harness.wire import Wire
from sse_pipeline import SSEHandler, stores
from sse_pipeline.consumers import EventsConsumer
from sse_pipeline.http.delivery import Delivery
from sse_pipeline.http.replies import Reply
from sse_pipeline.http.shutdown import ProcessEnd
from sse_pipeline.streams.reader import ChunkSource


@pytest.fixture
def handler(settings: Any) -> SSEHandler:
    settings.SSE_PIPELINE = {"WRITE_TIMEOUT": 0.2}
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one")
    return handler


@pytest.fixture(autouse=True)
async def no_task_is_left() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)  # a task that was cancelled is done after a turn of the loop
    assert "Delivery" not in repr(asyncio.all_tasks())


def wire_of(handler: SSEHandler, **scope: Any) -> Wire:
    return Wire(url_route={"kwargs": {"stream_id": handler.stream_id}}, **scope)


async def served(wire: Wire, consumer: Any = None) -> asyncio.Task[None]:
    """Serve a client until it has had a text."""
    task = wire.start(consumer or EventsConsumer.as_asgi())
    await wire.until_sent(b"event: text\n")
    return task


async def cancel(task: asyncio.Task[None]) -> None:
    """Cancel a consumer, which goes on with it."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def readers(handler: SSEHandler) -> int:
    return stores.current().attach(handler.stream_id).readers  # type: ignore[union-attr]


async def refuse() -> None:
    raise RuntimeError("the transport is closed")


class SpyReader:
    """The reader of a stream, whose fault or calls a test wants to see."""

    def __init__(
        self, reader: ChunkSource, *, error: Exception | None = None, has_rest: bool = True
    ) -> None:
        self._reader = reader
        self._error = error
        self._has_rest = has_rest

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        if self._error is not None:
            yield b"event: text\n"
            raise self._error
        async with aclosing(aiter(self._reader)) as chunks:
            async for chunk in chunks:
                yield chunk

    def close(self) -> None:
        self._reader.close()

    def rest(self) -> bytes:
        if not self._has_rest:
            raise ArithmeticError("the rest can't be had")
        return self._reader.rest()


class SpyConsumer(EventsConsumer):
    """The consumer of events, with options of its delivery and of its reader."""

    def __init__(
        self, delivery: dict[str, Any] | None = None, reader: dict[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._delivery = delivery or {}
        self._reader = reader or {}
        self.readers: list[SpyReader] = []

    def delivery(self) -> Delivery:
        return Delivery(self.scope, self.receive, self.send, **self._delivery)

    async def serve(
        self, reply: Reply[ChunkSource], headers: Mapping[str, str] | None = None
    ) -> None:
        assert reply.reader is not None
        self.readers.append(SpyReader(reply.reader, **self._reader))
        await super().serve(Reply(reply.status, self.readers[-1]), headers)


async def test_a_stream_is_sent_to_its_end(handler: SSEHandler) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    handler.mark_component_complete("text")
    await task
    assert b"event: complete\n" in wire.body
    assert wire.ended
    assert not readers(handler)


@pytest.mark.parametrize("error", [ArithmeticError("no"), TimeoutError("the store's own")])
async def test_a_reader_that_raises(handler: SSEHandler, error: Exception, caplog: Any) -> None:
    wire = wire_of(handler)
    await wire.run(SpyConsumer(reader={"error": error}))
    assert wire.body.endswith(b"event: text\n")
    assert wire.ended
    assert "broke off" in caplog.text


async def test_a_cancelled_consumer(handler: SSEHandler) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    await cancel(task)
    assert wire.ended
    assert b"errored" not in wire.body
    assert not readers(handler)


async def test_a_consumer_that_is_cancelled_by_a_shutdown(handler: SSEHandler) -> None:
    wire, end = wire_of(handler), ProcessEnd()
    task = await served(wire, SpyConsumer({"end": end}))
    end.began = True
    await cancel(task)
    assert b"event: errored\n" in wire.body
    assert wire.ended


async def test_the_last_frames_can_not_be_had(handler: SSEHandler) -> None:
    wire, end = wire_of(handler), ProcessEnd()
    task = await served(wire, SpyConsumer({"end": end}, {"has_rest": False}))
    end.began = True
    await cancel(task)
    assert wire.ended


async def test_a_goodbye_that_is_not_taken(handler: SSEHandler) -> None:
    dropped = asyncio.Event()
    wire = wire_of(handler, extensions={"sse_pipeline.abort": dropped.set})
    task = await served(wire, SpyConsumer({"goodbye": 0.01}))
    wire.room.clear()
    await cancel(task)
    assert dropped.is_set()


async def test_a_client_that_leaves_during_the_goodbye(handler: SSEHandler) -> None:
    wire = wire_of(handler)
    task = await served(wire, SpyConsumer({"goodbye": 0.1}))
    (watching,) = (each for each in asyncio.all_tasks() if "Delivery" in repr(each))
    wire.room.clear()
    count = len(wire.sent)
    task.cancel()
    async with asyncio.timeout(30), wire.arrived:
        await wire.arrived.wait_for(lambda: len(wire.sent) > count)
    wire.disconnect()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert watching.exception() is None


async def test_a_server_that_does_not_wait_for_a_goodbye(handler: SSEHandler) -> None:
    dropped = asyncio.Event()
    wire = wire_of(handler, extensions={"sse_pipeline.abort": dropped.set})
    task = await served(wire)
    wire.room.clear()
    count = len(wire.sent)
    task.cancel()
    async with asyncio.timeout(30), wire.arrived:
        await wire.arrived.wait_for(lambda: len(wire.sent) > count)
    await cancel(task)
    assert dropped.is_set()


@pytest.mark.parametrize("end", [{"type": "http.disconnect"}, OSError("the connection is lost")])
async def test_a_client_that_leaves(handler: SSEHandler, end: Any) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    wire.put(end)
    await asyncio.wait_for(task, 30)
    assert wire.sent[-1]["more_body"]
    assert not readers(handler)


async def test_a_client_that_leaves_a_write_behind(handler: SSEHandler) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    wire.room.clear()
    handler.send("text", chunk="two")
    await wire.until_sent(b"two")
    wire.disconnect()
    await asyncio.wait_for(task, 30)
    assert not readers(handler)


async def test_a_server_that_takes_no_more(
    handler: SSEHandler, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    count = len(wire.sent)
    monkeypatch.setattr(wire.room, "wait", refuse)
    handler.send("text", chunk="two")
    await asyncio.wait_for(task, 30)
    assert len(wire.sent) == count + 1
    assert "Traceback" not in caplog.text
    assert not readers(handler)


async def test_a_client_that_is_too_slow(handler: SSEHandler) -> None:
    dropped = asyncio.Event()
    wire = wire_of(handler, extensions={"sse_pipeline.abort": dropped.set})
    task = await served(wire)
    wire.room.clear()
    handler.send("text", chunk="two")
    await asyncio.wait_for(task, 30)
    assert dropped.is_set()
    assert wire.sent[-1]["more_body"]
    assert not readers(handler)


async def test_a_reader_whose_headers_were_not_taken(handler: SSEHandler) -> None:
    wire, consumer = wire_of(handler), SpyConsumer()
    wire.room.clear()
    task = wire.start(consumer)
    async with asyncio.timeout(30), wire.arrived:
        await wire.arrived.wait_for(lambda: wire.sent)
    await cancel(task)
    assert not readers(handler)


async def test_a_consumer_is_cancelled_when_its_client_has_just_left(handler: SSEHandler) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    wire.disconnect()
    await asyncio.sleep(0)  # the message is there, and nobody has read it
    await cancel(task)
    assert wire.sent[-1]["more_body"]


async def test_a_consumer_is_cancelled_when_its_server_takes_no_more(
    handler: SSEHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = wire_of(handler)
    task = await served(wire)
    monkeypatch.setattr(wire.room, "wait", refuse)
    await cancel(task)
    assert not readers(handler)
