"""Several processes on one store: a loss, a cancel, a fork and registrations at once."""

import asyncio

import pytest

from harness.producers import Producer, producers
from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler
from sse_pipeline.stores.redis import RedisStore
from sse_pipeline.testing.subject import CheckedStream


def test_a_process_that_is_lost_is_told_of_where_it_matters(
    stream: CheckedStream, caplog: pytest.LogCaptureFixture
) -> None:
    store = stream.store
    assert isinstance(store, RedisStore)
    stream.load()
    store.check_streams_of("of-nothing-here")
    assert caplog.text == ""
    store.check_streams_of(store.process)
    assert "it worked on 1 streams" in caplog.text
    # No warning: it may have ended properly.
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_a_cancel_reaches_threads_and_loops_of_other_processes(
    handler: SSEHandler, producer: Producer
) -> None:
    stream = handler.snapshot().stream_id
    assert producer("cancelled", stream) is False
    producer.start("wait_cancelled", stream, 10)
    handler.cancel()
    assert producer.answer() is True
    assert producer("cancelled", stream) is True


async def test_an_asynchronous_producer_and_reader(handler: SSEHandler, producer: Producer) -> None:
    await handler.asend("text", component="text", chunk="one")
    other = await SSEHandler.aattach(handler.stream_id)
    waiting_for_it = asyncio.create_task(other.ended())
    assert await asyncio.to_thread(producer, "complete", handler.stream_id, "text")
    await asyncio.wait_for(waiting_for_it, 10)
    frames = [frame async for frame in other]
    assert len(frames) == 5
    assert b"event: complete" in frames[-1]


async def test_in_a_loop_the_plain_calls_name_their_twins(handler: SSEHandler) -> None:
    from django.core.exceptions import SynchronousOnlyOperation

    with pytest.raises(SynchronousOnlyOperation, match="asnapshot"):
        handler.snapshot()


def test_a_forked_child_starts_clean(handler: SSEHandler, producer: Producer) -> None:
    stream = producer("open", ["text"])
    producer("send", stream, "text", "of the parent")
    producer("ledger", stream)
    assert producer("fork", stream, "text") == 0
    frames = b"".join(SSEHandler.attach(stream))
    assert frames.count(b"of the parent") == frames.count(b"of the child") == 1
    assert b"event: complete" in frames


def test_registrations_of_many_processes_are_all_there(redis: RedisServer) -> None:
    with producers(redis.url, 3) as several:
        stream = several[0]("open", ["c0"])
        for index, each in enumerate(several[1:], 1):
            each.start("register", stream, f"c{index}")
        for each in several[1:]:
            each.answer()
        for index, each in enumerate(several):
            each.start("complete", stream, f"c{index}")
        assert [each.answer() for each in several] == [True] * 3
        assert several[0]("ended", stream, 5)
        assert several[0]("ledger", stream)["state"] == "complete"
