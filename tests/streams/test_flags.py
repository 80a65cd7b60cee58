"""Flags are waited for in threads and in loops, whatever becomes of the bell."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from sse_pipeline import SSEHandler, stores
from sse_pipeline.stores import Store
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.streams.flags import ENDED, Flag
from sse_pipeline.streams.plans import Plan


def opening() -> Plan[None]:
    """Open nothing: the stream is open."""
    yield from ()


def opened() -> SSEHandler:
    handler = SSEHandler(components=["a"])
    handler.snapshot()
    return handler


def log_of(handler: SSEHandler, store: Store) -> Log:
    log = store.attach(handler.stream_id)
    assert isinstance(log, Log)
    return log


async def test_a_lost_wake_up_costs_a_moment(settings: Any) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.MuteStore"}
    handler = opened()
    flag = Flag(stores.current(), handler.stream_id, ENDED, opening, recheck=0.01)
    waiting = asyncio.create_task(flag.await_set())
    thread = asyncio.create_task(asyncio.to_thread(flag.wait, 10))
    await asyncio.sleep(0)  # the task begins to wait
    handler.mark_component_complete("a")
    await asyncio.wait_for(waiting, 10)
    assert await thread


async def test_who_has_waited_leaves_nothing_behind(sse_store: Store) -> None:
    handler = opened()
    waiting = asyncio.create_task(handler.ended())
    while not log_of(handler, sse_store).readers:
        await asyncio.sleep(0)  # until the task waits at the log
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.to_thread(handler.is_complete.wait, 0.01)
    assert log_of(handler, sse_store).readers == 0


def test_the_end_lets_go_of_who_waits_for_a_cancellation() -> None:
    handler = opened()
    told: list[bool] = []
    thread = threading.Thread(target=lambda: told.append(handler.is_cancelled.wait(10)))
    thread.start()
    handler.mark_component_complete("a")
    thread.join(10)
    assert told == [False]


async def test_a_stream_that_is_forgotten_lets_go(sse_store: Store) -> None:
    handler = opened()
    sse_store.close()
    await asyncio.wait_for(handler.ended(), 30)
    assert not await handler.cancellation()
    assert await asyncio.to_thread(handler.is_complete.wait, 5)


class SlowStore(MemoryStore):
    """A store that answers an `attach` when the test says so."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.answer: Future[Log] = Future()
        self.answer.set_running_or_notify_cancel()
        self.detached: list[str] = []

    def attach(self, stream_id: str, after: int = 0) -> Any:
        return self.answer

    def detach(self, stream_id: str) -> None:
        self.detached.append(stream_id)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_wait_that_is_cancelled_leaves_no_reader_behind(fails: bool) -> None:
    store = SlowStore(held_bytes=1 << 20, max_stream_bytes=1 << 20, keep=600.0)
    task = asyncio.create_task(Flag(store, "any", ENDED, opening).await_set())
    await asyncio.sleep(0)  # the task begins to wait
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.detached == []
    if fails:
        store.answer.set_exception(OSError("the store has taken the attach back by itself"))
    else:
        store.answer.set_result(Log(1 << 20))
    assert store.detached == ([] if fails else ["any"])


@pytest.mark.parametrize("turns", range(6))
async def test_a_cancellation_in_the_turn_of_a_bell_is_heard(turns: int) -> None:
    handler = opened()
    waiting = asyncio.create_task(handler.ended())
    for _ in range(20):  # far more turns than it takes to begin
        await asyncio.sleep(0)
    handler.send("text", chunk="x")
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=10)
    assert waiting.cancelled()
