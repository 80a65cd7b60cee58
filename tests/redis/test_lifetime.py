"""Streams in Redis are forgotten when they were kept long enough."""

import pytest

from harness import waiting
from harness.redis_server import RedisServer, redis_server
from sse_pipeline import stores
from sse_pipeline.exceptions import StreamNotFound
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores.redis import RedisStore, keys
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made, until

pytestmark = pytest.mark.processes


def test_nothing_is_left_of_streams_that_were_kept_long_enough() -> None:
    with redis_server() as server, server.client() as client:
        store = RedisStore(
            url=server.url,
            held_bytes=1 << 20,
            max_stream_bytes=1 << 20,
            keep=0.2,
            lease=1,
        )
        streams = [CheckedStream(store, "writer") for _ in range(20)]
        for stream in streams:
            stream.append("one", "writer")
            stream.snapshot = stream.load()
            assert 0 < int(client.pttl(keys.log(stream.id))) < 3_700_000
            stream.decide(causes.complete("writer"))
        store.close()
        waiting.until(lambda: client.dbsize() == 0)


def test_a_stream_that_is_forgotten_has_ended_for_who_waits(redis_stores: Factory) -> None:
    store = made(redis_stores, keep=0.3)
    stream = CheckedStream(store, "writer")
    flags = got(store.attach(stream.id, stores.TAIL))
    stream.decide(causes.complete("writer"))
    until(flags, lambda: flags.ended)
    waiting.until(lambda: got(store.load(stream.id)) is None)
    with pytest.raises(StreamNotFound):
        got(store.attach(stream.id))
    store.detach(stream.id)


def test_a_reader_of_frames_learns_that_its_stream_is_forgotten(
    redis_stores: Factory, redis: RedisServer
) -> None:
    stream = CheckedStream(made(redis_stores), "writer")
    reader = made(redis_stores)
    frames = got(reader.attach(stream.id))
    assert not frames.ended
    with redis.client() as client:
        client.delete(keys.state(stream.id), keys.log(stream.id))
    with pytest.raises(StreamNotFound):
        got(reader.attach(stream.id))
    assert frames.ended
    reader.detach(stream.id)
