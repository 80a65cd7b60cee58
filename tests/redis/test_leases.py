"""A component is lost when its process dies, once. It is not lost while the process lives."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from pytest_django import Settings

from harness.producers import Producer, Refused, producers
from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler
from sse_pipeline.decoder import Decoder

#: Seconds within which a process's death ends a stream: see `harness.producer_settings`.
BOUND = 8.0
#: Seconds within which a loss would show: more than two leases.
WHILE = 2.5


@pytest.fixture
def here(redis: RedisServer, settings: Settings) -> None:
    """Put this process on the same store, with the same bounds."""
    settings.SSE_PIPELINE = {
        "STORE": redis.url, "LEASE": 1, "CLAIM_TIMEOUT": 2, "DRAIN_LIMIT": 0.5,
    }  # fmt: skip


@pytest.fixture(scope="module")
def other(redis: RedisServer) -> Iterator[Producer]:
    """Run a producer that stays alive."""
    with producers(redis.url) as (other,):
        yield other


@pytest.fixture
def one(redis: RedisServer) -> Iterator[Producer]:
    """Run a producer that may be killed."""
    with producers(redis.url) as (one,):
        yield one


def end_of(handler: SSEHandler) -> dict[str, object]:
    assert handler.is_complete.wait(BOUND)
    *_, last = Decoder().feed(b"".join(handler))
    document: dict[str, object] = last.json()
    return document


def test_a_component_whose_process_was_killed_is_lost(
    here: None, one: Producer, other: Producer
) -> None:
    handler = SSEHandler(components=["text"])
    stream = handler.snapshot().stream_id
    one("send", stream, "text", "hello")
    other("register", stream, "speech")
    one.kill()
    end = end_of(handler)
    assert end["reason"] == "producer_lost"
    assert end["components"]["text"]["status"] == "lost"  # type: ignore[index]
    assert end["components"]["speech"]["status"] == "abandoned"  # type: ignore[index]


def test_an_optional_component_that_is_lost_leaves_the_stream_to_the_others(
    here: None, one: Producer, other: Producer
) -> None:
    stream = other("open", ["text"])
    one("register", stream, "speech", required=False)
    one.kill()
    handler = SSEHandler.attach(stream)
    assert not handler.is_complete.wait(WHILE)
    assert handler.snapshot().ledger()["speech"]["status"] == "lost"
    assert other("complete", stream, "text")
    assert end_of(handler)["type"] == "complete"


def test_a_component_that_nobody_takes_is_lost(here: None) -> None:
    handler = SSEHandler()
    handler.register_component("text", claim=False)
    end = end_of(handler)
    assert end["components"]["text"]["reason"] == "nobody took it for 2 s"  # type: ignore[index]


def test_a_view_may_register_hand_over_and_be_redeployed(
    here: None, one: Producer, other: Producer
) -> None:
    stream = one("open", [])
    one("register", stream, "text", claim=False)
    one.kill()
    other("enter", stream, "text")
    handler = SSEHandler.attach(stream)
    assert not handler.is_complete.wait(WHILE)
    other("send", stream, "text", "hello")
    assert other("complete", stream, "text")
    assert end_of(handler)["type"] == "complete"


def test_a_component_is_taken_over_in_each_way(here: None, one: Producer, other: Producer) -> None:
    streams = {how: one("open", ["text"]) for how in ("enter", "register", "send", "left")}
    other("enter", streams["enter"], "text")
    other("register", streams["register"], "text")
    other("send", streams["send"], None, "mine")
    handlers = {how: SSEHandler.attach(other("ledger", streams[how])["stream"]) for how in streams}
    one.kill()
    assert handlers.pop("left").is_complete.wait(BOUND)
    for handler in handlers.values():
        assert not handler.is_complete.is_set()
        assert other("complete", handler.stream_id, "text")
        assert end_of(handler)["type"] == "complete"


def test_a_process_that_comes_back_after_it_was_given_up_is_refused(
    here: None, one: Producer, other: Producer
) -> None:
    stream = other("open", ["speech"])
    one("register", stream, "text", required=False)
    one("send", stream, "text", "in time")
    one.pause()
    handler = SSEHandler.attach(stream)
    assert not handler.is_complete.wait(WHILE)
    assert handler.snapshot().ledger()["text"]["status"] == "lost"
    one.resume()
    with suppress(Refused):  # it may know by now
        one("send", stream, "text", "too late")
    assert one("complete", stream, "text") is False
    with pytest.raises(Refused, match="StreamEnded"):
        one("send", stream, "text", "too late again")
    assert other("complete", stream, "speech")
    assert end_of(handler)["type"] == "complete"
    assert b"too late" not in b"".join(handler)
