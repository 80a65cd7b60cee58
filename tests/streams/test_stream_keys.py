"""Streams by their keys: one at a time for each key and owner, whoever asks at once."""

from contextlib import ExitStack

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from harness.racing import race_for_a_key
from harness.redis_server import RedisServer, closing_all
from sse_pipeline import SSEHandler, stores
from sse_pipeline.streams import stream_keys
from sse_pipeline.testing.subject import got, made


@pytest.mark.usefixtures("store")
def test_the_open_stream_of_a_key_is_found_and_an_ended_one_is_replaced() -> None:
    first, is_new = SSEHandler.get_or_open("conversation:7", owner="ann", components=["text"])
    assert is_new
    again, is_new = SSEHandler.get_or_open("conversation:7", owner="ann", components=["other"])
    assert (again.stream_id, is_new) == (first.stream_id, False)
    again.send("text", chunk="it knows its component")
    assert [each.frames for each in again.snapshot().traffic.components.values()] == [1]
    other, is_new = SSEHandler.get_or_open("conversation:7", owner="bob")
    assert is_new
    assert other.stream_id != first.stream_id
    first.mark_component_complete("text")
    second, is_new = SSEHandler.get_or_open("conversation:7", owner="ann")
    assert is_new
    assert second.stream_id != first.stream_id


@pytest.mark.usefixtures("store")
async def test_the_twin_does_the_same() -> None:
    first, is_new = await SSEHandler.aget_or_open("conversation:8", components=["text"])
    again, is_new_again = await SSEHandler.aget_or_open("conversation:8")
    assert (is_new, is_new_again, again.stream_id) == (True, False, first.stream_id)


def test_of_many_callers_one_opens_the_stream_in_memory() -> None:
    for number in range(5):
        race_for_a_key([stores.current()], f"race {number}")
    assert len(stores.current().open_streams()) == 5


def test_of_many_callers_in_four_stores_one_opens_the_stream(redis: RedisServer) -> None:
    with ExitStack() as stack:
        make = stack.enter_context(closing_all(redis.url))
        four = [made(make) for _ in range(4)]
        for number in range(3):
            race_for_a_key(four, f"race {number}")


def test_an_id_that_nobody_opened_is_opened_by_who_comes_next() -> None:
    store = stores.current()
    digest = stream_keys.digest_of("dead", None)
    got(store.swap_key(digest, "", "claimed 7f8d2e0a-3c61-4b52-9d1e-2f4f8f7f7c11", 600.0))
    handler, is_new = SSEHandler.get_or_open("dead")
    assert (handler.stream_id, is_new) == ("7f8d2e0a-3c61-4b52-9d1e-2f4f8f7f7c11", True)


def test_the_id_of_a_forgotten_stream_is_not_used_again(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"KEEP": 1e-9}
    first, _ = SSEHandler.get_or_open("key", components=["text"])
    first.mark_component_complete("text")
    second, is_new = SSEHandler.get_or_open("key")
    assert is_new
    assert second.stream_id != first.stream_id


@pytest.mark.parametrize("key", ["", " ", "x" * 256, 7])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="^key: "):
        SSEHandler.get_or_open(key)


def test_a_store_without_keys_is_named(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.KeylessStore"}
    with pytest.raises(ImproperlyConfigured, match="KeylessStore"):
        SSEHandler.get_or_open("key")


def test_the_id_of_an_opener_that_died_is_not_used_again() -> None:
    store, stream = stores.current(), "7f8d2e0a-3c61-4b52-9d1e-2f4f8f7f7c11"
    digest = stream_keys.digest_of("dead", None)
    got(store.swap_key(digest, "", f"claimed {stream}", 600.0))
    SSEHandler.get_or_open("dead")
    got(store.swap_key(digest, f"opened {stream}", f"claimed {stream}", 600.0))  # it died here
    handler, is_new = SSEHandler.get_or_open("dead")
    assert (handler.stream_id, is_new) == (stream, False)
    assert got(store.read_key(digest)) == f"opened {stream}"
