"""Records of several versions, and broken ones, on one server: each concerns its stream alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings
from redis import Redis

from harness.redis_server import RedisServer
from sse_pipeline import SSEHandler
from sse_pipeline.events.merging import merge
from sse_pipeline.exceptions import StoreUnavailable, StreamUnreadable
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores import Store
from sse_pipeline.stores.redis import keys
from sse_pipeline.streams.commits import change
from sse_pipeline.streams.plans import run
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made, until

#: A record as release 0.1.0 wrote it, without a format.
OF_THE_PREVIOUS_RELEASE = {
    "stream_id": "7f8d2e0a-3c61-4b52-9d1e-2f4f8f7f7c11", "state": "streaming",
    "registry": {"components": {"writer": {
        "name": "writer", "required": True, "timeout": 120.0, "registered_at": 1764000000.25,
        "status": "pending", "settled_at": None, "reason": None, "frames": 0, "bytes": 0,
        "summary": None, "claim_within": None,
    }}},
    "verdict": None, "version": 1, "owner": "user:7",
    "limits": {"deadline": 1800.0, "drain_silence": 60.0, "drain_limit": 5.0},
    "opened_at": 1764000000.25, "ended_at": None, "stop_at": None, "silence": None,
}  # fmt: skip
FIRST = b'event: stream\ndata: {"type":"stream","stream":"7f8d","components":{}}\n\n'
SECOND = b'event: component\ndata: {"type":"component","component":"writer"}\n\n'

THIRD = b'event: text\ndata: {"type":"text","chunk":"Hello"}\n\n'


@pytest.fixture
def later(client: Redis, stream: CheckedStream) -> Callable[..., None]:
    """Change the record of the stream as a later version might."""

    def change(**changes: Any) -> None:
        key = keys.state(stream.id)
        record = json.loads(client.hget(key, "snapshot"))  # type: ignore[arg-type]
        client.hset(key, "snapshot", json.dumps(record | changes))

    return change


def record_of(client: Redis, stream_id: str) -> Any:
    return json.loads(client.hget(keys.state(stream_id), "snapshot"))  # type: ignore[arg-type]


def complete_in(store: Store, stream_id: str) -> None:
    run(change(store, stream_id, causes.complete("writer"), watch=lambda _: None), "acomplete")


def complete(stream: CheckedStream) -> None:
    """Complete the component on what the store holds now."""
    complete_in(stream.store, stream.id)


def test_a_stream_of_the_previous_release_goes_on(redis_stores: Factory, client: Redis) -> None:
    stream_id = str(OF_THE_PREVIOUS_RELEASE["stream_id"])
    kept: dict[str | bytes, Any] = {
        "snapshot": json.dumps(OF_THE_PREVIOUS_RELEASE), "version": 1, "flags": "",
        "last": 2, "held": len(FIRST + SECOND), "at": "1764000000.25", "first": FIRST,
        "f:writer": 3, "b:writer": 30, "t:writer": "1764000001.5", "n:writer": b"half\xff done",
        "o:writer": "host:1:abc",
    }  # fmt: skip
    client.delete(keys.state(stream_id), keys.log(stream_id))
    client.hset(keys.state(stream_id), mapping=kept)  # type: ignore[arg-type]
    client.xadd(keys.log(stream_id), {"frames": FIRST + SECOND}, id="2-1")
    store = made(redis_stores)
    snapshot = got(store.load(stream_id))
    assert snapshot is not None
    assert (snapshot.owner, snapshot.version) == ("user:7", 1)
    tally = snapshot.traffic.components["writer"]
    assert (tally.frames, tally.bytes, tally.note) == (3, 30, "half\N{REPLACEMENT CHARACTER} done")
    client.xadd(keys.log(stream_id), {"frames": THIRD}, id="3-1")
    client.hset(keys.state(stream_id), "last", 3)
    kept_frames = got(store.kept_frames(stream_id))
    assert merge(kept_frames.frames) == {"": {"text": {"chunk": "Hello"}}}
    log = got(store.attach(stream_id))
    assert log.last == 3
    complete_in(store, stream_id)
    until(log, lambda: log.ended)
    assert record_of(client, stream_id)["format"] == 1


def test_fields_of_a_later_version_are_kept(
    stream: CheckedStream, later: Callable[..., None], client: Redis
) -> None:
    known = record_of(client, stream.id)
    component = known["registry"]["components"]["writer"] | {"rank": 2}
    later(
        key="conversation 9",
        limits=known["limits"] | {"readers": 5},
        registry={"components": {"writer": component}},
    )
    complete(stream)
    record = record_of(client, stream.id)
    assert (record["key"], record["limits"]["readers"]) == ("conversation 9", 5)
    assert record["registry"]["components"]["writer"]["rank"] == 2
    assert record["state"] == "complete"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "paused"},
        {"verdict": "bored"},
        {"format": 2},
        {"registry": {"components": {"writer": {"name": "writer", "status": "asleep"}}}},
        {"registry": []},
        {"limits": 5},
    ],
    ids=str,
)
def test_values_of_a_later_version_concern_their_stream_alone(
    stream: CheckedStream, later: Callable[..., None], changes: dict[str, Any]
) -> None:
    whole = CheckedStream(stream.store, "writer")
    later(**changes)
    with pytest.raises(StreamUnreadable, match=stream.id):
        stream.load()
    with pytest.raises(StreamUnreadable):
        complete(stream)
    whole.append("goes on", "writer")
    whole.decide(causes.complete("writer"))
    assert len(whole.events(5)) == 5


@pytest.mark.parametrize("record", [b"", b"{", b"[]", b"null", b"\xff"], ids=repr)
def test_a_broken_record_concerns_its_stream_alone(
    stream: CheckedStream, client: Redis, record: bytes
) -> None:
    client.hset(keys.state(stream.id), "snapshot", record)
    with pytest.raises(StreamUnreadable):
        stream.load()
    client.hdel(keys.state(stream.id), "version")
    with pytest.raises(StoreUnavailable):
        stream.load()
    assert CheckedStream(stream.store, "writer").load() is not None


def test_an_entry_that_is_not_understood_ends_the_readers_of_its_stream_alone(
    redis_stores: Factory, client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    producer, reader = made(redis_stores), made(redis_stores, lease=0.6)
    broken, whole = CheckedStream(producer, "writer"), CheckedStream(producer, "writer")
    logs = [got(reader.attach(each.id)) for each in (broken, whole)]
    client.xadd(keys.log(broken.id), {"pieces": "of a later version"}, id="3-1")
    broken.append("more", "writer")
    until(logs[0], lambda: logs[0].failure is not None)
    with pytest.raises(StreamUnreadable, match=broken.id):
        logs[0].check()
    whole.append("goes on", "writer")
    until(logs[1], lambda: logs[1].last == 3)
    assert logs[1].failure is None
    for each in (broken, whole):
        reader.detach(each.id)


async def test_a_reader_and_a_waiter_of_such_a_stream_are_told(
    redis: RedisServer, settings: Settings, client: Redis
) -> None:
    settings.SSE_PIPELINE = {"STORE": redis.url, "LEASE": 1}
    handler = SSEHandler()
    await handler.aregister_component("text")
    await handler.asend("text", chunk="one")
    decoder, names = Decoder(), []
    with pytest.raises(StreamUnreadable):
        async for frame in handler:
            names += [event.event for event in decoder.feed(frame)]
            if names[-1] == "text":
                client.xadd(keys.log(handler.stream_id), {"pieces": "?"}, id="9-1")
    assert names == ["stream", "component", "text"]
