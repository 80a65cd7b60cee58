"""Waits for the end and for a cancellation, and streams that are opened late or forgotten."""

import asyncio
import threading

import pytest
from django.core.exceptions import SynchronousOnlyOperation

from harness.handlers import handler_of
from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import (
    StreamEnded,
    StreamNotFound,
)
from sse_pipeline.stores.memory import MemoryStore


def test_making_a_handler_stores_nothing(sse_store: MemoryStore) -> None:
    handler = SSEHandler(components=["a"])
    assert sse_store.open_streams() == []
    with pytest.raises(StreamNotFound):
        SSEHandler.attach(handler.stream_id)
    assert not handler.is_complete.is_set()
    assert sse_store.open_streams() == [handler.stream_id]


def test_a_stream_that_is_forgotten_has_ended(sse_store: MemoryStore) -> None:
    handler = handler_of("a")
    handler.mark_component_complete("a")
    sse_store.close()
    assert handler.is_complete.is_set()
    assert not handler.mark_component_complete("a")
    assert not handler.cancelled
    with pytest.raises(StreamEnded):
        handler.send("text")
    with pytest.raises(StreamEnded):
        handler.register_component("b")
    with pytest.raises(StreamNotFound):
        handler.snapshot()


def test_a_wait_ends_with_the_stream_and_in_time() -> None:
    handler = handler_of("a")
    assert not handler.is_complete.wait(0.01)
    threading.Thread(target=handler.mark_component_complete, args=("a",)).start()
    assert handler.is_complete.wait(10)


async def test_a_thread_is_never_taken_from_the_loop() -> None:
    handler = handler_of("a")
    with pytest.raises(SynchronousOnlyOperation, match="ended"):
        handler.is_complete.wait(1)


async def test_waiting_for_the_end_and_for_the_cancellation() -> None:
    handler = handler_of("a")
    ended = asyncio.create_task(handler.ended())
    cancellation = asyncio.create_task(handler.cancellation())
    await asyncio.sleep(0)  # both tasks begin to wait
    handler.cancel()
    assert await asyncio.wait_for(cancellation, 30)
    assert not ended.done()
    await asyncio.to_thread(handler.mark_component_complete, "a")
    await asyncio.wait_for(ended, 30)
    completed = handler_of("b")
    completed.mark_component_complete("b")
    assert not await completed.cancellation()
    await completed.ended()
