"""Calls that are cancelled while their commit is under way: what was committed is heard of."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest
from pytest_django import Settings

from harness.redis_server import RedisServer
from harness.waiting import until
from sse_pipeline import SSEHandler, journal, signals, stores
from sse_pipeline.models import Stream
from sse_pipeline.streams.watchdog import watchdog_of

CALLS = 1000


@pytest.fixture
def heard() -> Any:
    """Count what is announced: each version of each stream, and the ends."""
    versions: Counter[tuple[str, int]] = Counter()
    ended: set[str] = set()

    def on_change(*, snapshot: Any, **_: object) -> None:
        versions[snapshot.stream_id, snapshot.version] += 1

    def on_end(*, snapshot: Any, **_: object) -> None:
        ended.add(snapshot.stream_id)

    signals.stream_changed.connect(on_change)
    signals.stream_ended.connect(on_end)
    yield versions, ended
    signals.stream_changed.disconnect(on_change)
    signals.stream_ended.disconnect(on_end)


async def live(handler: SSEHandler) -> None:
    """Register two components, send, and complete them."""
    for name in ("a", "b"):
        await handler.aregister_component(name)
    await handler.asend("text", component="a", chunk="hello")
    for name in ("a", "b"):
        await handler.amark_component_complete(name)


async def cut(handler: SSEHandler, pause: float) -> None:
    """Cancel the life of a stream at some moment."""
    life = asyncio.create_task(live(handler))
    asyncio.get_running_loop().call_later(pause, life.cancel)
    await asyncio.wait({life})


def test_what_was_committed_is_announced_and_watched(
    redis: RedisServer, settings: Settings, journaled: str, heard: Any
) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url, "DEADLINE": 600}
    source = random.Random(7)
    handlers = [SSEHandler() for _ in range(CALLS // 2)]

    async def all_at_once() -> None:
        # The pauses only place the cut: each of them is right.
        await asyncio.gather(*(cut(each, source.uniform(0, 0.3)) for each in handlers))

    asyncio.run(all_at_once())
    versions, ended = heard
    store = stores.current()
    schedule = watchdog_of(store).schedule
    held = {
        each.stream_id: snapshot
        for each in handlers
        if (snapshot := store.load(each.stream_id).result(30)) is not None  # type: ignore[union-attr]
    }
    until(lambda: len(versions) == sum(each.version for each in held.values()))
    assert set(versions.values()) <= {1}
    assert {key for key, _ in versions} == set(held)
    until(lambda: ended == {key for key, each in held.items() if each.terminal})
    assert journal.flush(30)
    rows = Stream.objects.filter(pk__in=held)
    assert {str(row.pk) for row in rows} == set(held)
    assert {str(row.pk) for row in rows if row.ended_at} == ended
    still_open = [key for key, each in held.items() if not each.terminal]
    until(lambda: all(each in schedule for each in still_open))
