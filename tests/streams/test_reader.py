"""A reader: from an id to the terminal frame, in a loop and in a thread."""

import asyncio
import random
import threading
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import pytest

from sse_pipeline import SSEHandler, frames, stores
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.streams.cursor import Cursor
from sse_pipeline.streams.plans import run
from sse_pipeline.streams.reader import Reader, ReadOptions, open_reader
from sse_pipeline.testing import Decoder, Event

OPTIONS = ReadOptions(limit=1000)


def reader_of(handler: SSEHandler, after: int = 0, options: ReadOptions = OPTIONS) -> Reader:
    handler.snapshot()
    reader = run(open_reader(stores.current(), handler.stream_id, after, options), "twin")
    assert reader is not None
    return reader


def ended(count: int) -> SSEHandler:
    handler = SSEHandler(components=["a"])
    for number in range(count):
        handler.send("text", chunk=number)
    handler.mark_component_complete("a")
    return handler


def parsed(chunks: Iterator[bytes] | list[bytes]) -> list[Event]:
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def ids(events: list[Event]) -> list[int]:
    return [int(event.id) for event in events]


@pytest.mark.parametrize("after", [0, 1, 2, 7, 11, 12])
async def test_it_replays_exactly_what_follows_an_id(after: int) -> None:
    handler = ended(9)
    reader = reader_of(handler, after)
    assert ids(parsed([chunk async for chunk in reader])) == list(range(after + 1, 14))
    assert ids(parsed(iter(reader_of(handler, after)))) == list(range(after + 1, 14))


def test_who_has_the_terminal_frame_is_not_read_for() -> None:
    handler = ended(3)
    last = handler.snapshot().version and 7
    assert (
        run(open_reader(stores.current(), handler.stream_id, last, ReadOptions()), "twin") is None
    )


def test_an_id_ahead_of_the_store_starts_anew() -> None:
    handler = ended(3)
    events = parsed(iter(reader_of(handler, 99)))
    assert (events[0].event, events[0].json()) == ("gap", {"type": "gap", "reset": True})
    assert ids(events[1:]) == list(range(1, 8))


def test_a_gap_tells_what_is_no_longer_held() -> None:
    log = Log(500)
    for _ in range(50):
        log.append([frames.encode("text", {"chunk": "x"})])
    cursor = Cursor(log)
    chunks = []
    while chunk := cursor.take(200):
        chunks.append(chunk)
    events = parsed(chunks)
    gap = events[1].json()
    assert (events[0].id, events[1].event, gap["from"]) == ("1", "gap", 2)
    assert events[1].id == "1"
    assert ids(events[2:]) == list(range(gap["to"] + 1, 51))
    behind = Cursor(log, 10)
    assert parsed([behind.take(100)])[0].json() == {"type": "gap", "from": 11, "to": gap["to"]}


async def test_it_follows_a_producer_in_a_thread() -> None:
    handler = SSEHandler(components=["a"])
    reader = reader_of(handler, options=ReadOptions(b"retry: 1\n\n", 500, 15.0))
    rng = random.Random(1)

    def produce() -> None:
        for number in range(2000):
            catch_up = rng.random() < 0.01
            if catch_up:
                read.clear()
            handler.send("text", chunk=number)
            if catch_up:
                assert read.wait(5)
        handler.mark_component_complete("a")

    read = threading.Event()
    thread = threading.Thread(target=produce)
    thread.start()
    chunks = []
    async for chunk in reader:
        chunks.append(chunk)
        read.set()
    thread.join()
    events = parsed(chunks)
    assert chunks[0].startswith(b"retry: 1\n\n")
    assert ids(events) == list(range(1, 2005))
    assert [e.json()["chunk"] for e in events if e.event == "text"] == list(range(2000))


async def test_silence_brings_a_comment() -> None:
    handler = SSEHandler(components=["a"])
    reader = reader_of(handler, options=ReadOptions(limit=1000, heartbeat=0.01))
    async with aclosing(aiter(reader)) as chunks:
        assert parsed([await anext(chunks)])
        assert await anext(chunks) == frames.PING
        assert await anext(chunks) == frames.PING
        handler.mark_component_complete("a")
        rest = [chunk async for chunk in chunks]
    assert parsed(rest)[-1].event == "complete"


def test_silence_brings_a_comment_in_a_thread() -> None:
    handler = SSEHandler(components=["a"])
    chunks = iter(reader_of(handler, options=ReadOptions(limit=1000, heartbeat=0.01)))
    assert parsed([next(chunks)])
    assert next(chunks) == frames.PING
    handler.mark_component_complete("a")
    assert parsed(chunks)[-1].event == "complete"


async def test_a_lost_wake_up_costs_a_heartbeat(settings: Any) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.MuteStore"}
    handler = SSEHandler(components=["a"])
    reader = reader_of(handler, options=ReadOptions(limit=1000, heartbeat=0.01))
    async with aclosing(aiter(reader)) as chunks:
        await anext(chunks)
        handler.mark_component_complete("a")
        rest = [chunk async for chunk in chunks]
    assert parsed(rest)[-1].event == "complete"


async def test_a_stream_that_is_forgotten_ends_the_body(sse_store: MemoryStore) -> None:
    handler = SSEHandler(components=["a"])
    reader = reader_of(handler, options=ReadOptions(limit=1000, heartbeat=0.01))
    async with aclosing(aiter(reader)) as chunks:
        await anext(chunks)
        sse_store.forget(handler.stream_id)
        assert [chunk async for chunk in chunks if chunk != frames.PING] == []


async def test_closing_lets_it_go() -> None:
    handler = SSEHandler(components=["a"])
    reader = reader_of(handler)
    log = stores.current().attach(handler.stream_id)
    assert isinstance(log, Log)
    reading = asyncio.create_task(asyncio.wait_for(_all(reader), 10))
    while not log.readers:
        await asyncio.sleep(0)  # until the task waits at the log
    reader.close()
    assert parsed(await reading)[0].event == "stream"
    assert log.readers == 0


async def _all(reader: Reader) -> list[bytes]:
    return [chunk async for chunk in reader]


async def test_a_producer_in_the_loop_does_not_starve_it() -> None:
    handler = SSEHandler(components=["a"])
    reader = reader_of(handler)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while not handler.is_complete.is_set():
            turns += 1
            await asyncio.sleep(0)  # one turn for the others

    other = asyncio.create_task(others())
    count = 0
    async for _ in reader:
        count += 1
        if count <= 100:
            handler.send("text", chunk=count)
        elif count == 101:
            handler.mark_component_complete("a")
    await other
    assert turns >= 100


def test_another_thread_lets_a_thread_go_that_reads() -> None:
    handler = SSEHandler(components=["a"])
    handler.send("text", chunk="x")
    reader = reader_of(handler)
    begun, read = threading.Event(), threading.Event()

    def follow() -> None:
        for _ in reader:
            begun.set()
        read.set()

    thread = threading.Thread(target=follow)
    thread.start()
    assert begun.wait(10)
    reader.close()
    assert read.wait(10)
    thread.join()
