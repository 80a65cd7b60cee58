"""How many streams a process and an owner may have open."""

import asyncio
from typing import Any

import pytest
from pytest_django import Settings

from harness.redis_server import RedisServer
from harness.stores import ClockedStore
from sse_pipeline import SSEHandler, stores
from sse_pipeline.exceptions import InvalidComponent, TooManyOpen
from sse_pipeline.streams.watchdog import watchdog_of
from sse_pipeline.testing.subject import race


def count() -> int:
    return len(watchdog_of(stores.current()).opened)


@pytest.mark.parametrize("setting", ["STREAMS", "OWNER_STREAMS"])
def test_a_stream_too_many_is_refused_until_another_ends(setting: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {setting: 2}
    first, second, third = (SSEHandler(owner="user:7", components=["a"]) for _ in range(3))
    first.open()
    second.send("text", chunk="one")
    with pytest.raises(TooManyOpen) as refused:
        third.open()
    assert str(refused.value).startswith(f"SSE_PIPELINE['{setting}'] = 2: so many streams")
    assert refused.value.setting == setting
    first.mark_component_complete("a")
    third.open()
    assert count() == 2


def test_owners_count_apart(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"OWNER_STREAMS": 1}
    SSEHandler(owner="user:7").open()
    SSEHandler(owner="user:8").open()
    for _ in range(3):
        SSEHandler().open()  # nobody's
    with pytest.raises(TooManyOpen, match="of user:7"):
        SSEHandler(owner="user:7").open()


def test_none_bounds_nothing(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STREAMS": None, "OWNER_STREAMS": None}
    for _ in range(1200):
        SSEHandler(owner="user:7").open()
    assert count() == 1200


def test_each_way_to_an_end_leaves_the_place(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.ClockedStore"}
    ends: list[Any] = [
        lambda h: h.mark_component_complete("a"),
        lambda h: h.fail_component("a", "broke"),
        lambda h: (h.cancel(), h.mark_component_complete("a")),
    ]
    for end in ends:
        handler = SSEHandler(components=["a"])
        handler.open()
        end(handler)
    SSEHandler().mark_complete()  # it is opened and ended by one call
    assert count() == 0
    SSEHandler(deadline=5).open()
    store = stores.current()
    assert isinstance(store, ClockedStore)
    store.clock.pass_by(6)
    watchdog_of(store).check_due()
    assert count() == 0


def test_an_opening_that_fails_leaves_the_place(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.FailingStore"}
    store: Any = stores.current()
    store.failing = True
    with pytest.raises(OSError, match="no store"):
        SSEHandler().open()
    assert count() == 0
    store.failing = False
    with pytest.raises(InvalidComponent):
        SSEHandler().register_component("no name")
    assert count() == 0


async def test_a_cancelled_opening_is_counted_if_it_was_done(
    redis: RedisServer, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url}
    for _ in range(20):
        opening = asyncio.create_task(SSEHandler().aopen())
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
    # Each is either open and counted, or was not stored; the watchdog has looked by then.
    async with asyncio.timeout(30):
        while count() != len(stores.current().open_streams()):
            await asyncio.sleep(0)


def test_racing_openings_do_not_pass_the_limit(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"OWNER_STREAMS": 4}
    refused = list[int]()

    def open_one(number: int) -> None:
        try:
            SSEHandler(owner="user:7").open()
        except TooManyOpen:
            refused.append(number)

    race(16, open_one)
    assert (len(refused), count()) == (12, 4)


def test_threads_of_one_handler_take_one_place() -> None:
    handler = SSEHandler(components=["a"])
    race(8, lambda _: handler.open())
    assert count() == 1
    handler.mark_component_complete("a")
    assert count() == 0
