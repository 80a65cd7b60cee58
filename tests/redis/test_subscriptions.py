"""Channels: what is followed is heard, nothing else; a message that is lost costs a read."""

from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from harness import waiting
from harness.redis_server import RedisServer, closing_all
from sse_pipeline.frames import Frame, encode
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores import TAIL
from sse_pipeline.stores.redis import keys
from sse_pipeline.stores.redis.entries import batch_of_message
from sse_pipeline.stores.remote.batch import Batch
from sse_pipeline.stores.remote.replica import ReplicaLog
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made, read, until
from tests.redis.parts import append_of, calls_of

pytestmark = pytest.mark.processes

#: Seconds of a lease in which no look at all replicas finds what was missed.
LONG = 6000.0


@pytest.fixture
def make(server: RedisServer) -> Iterator[Factory]:
    with closing_all(server.url) as make:
        yield lambda **options: made(make, lease=LONG, **options)


@pytest.fixture
def channels(server: RedisServer) -> Iterator[Callable[[], set[str]]]:
    with server.client() as client:
        yield lambda: {channel.decode() for channel in client.pubsub_channels()}


def test_a_process_hears_only_of_what_it_follows(
    make: Factory, channels: Callable[[], set[str]]
) -> None:
    producer, reader = make(), make()
    stream, other = CheckedStream(producer, "writer"), CheckedStream(producer, "writer")
    for each in (stream, other):
        each.append("heard by nobody", "writer")
        each.load()
    assert channels() == set()
    log = got(reader.attach(stream.id))
    waiting.until(lambda: channels() == {keys.batches(stream.id)})
    stream.append("heard", "writer")
    until(log, lambda: log.last == 4)
    reader.detach(stream.id)
    waiting.until(lambda: channels() == set())


def test_flags_are_heard_of_without_the_frames(
    make: Factory, channels: Callable[[], set[str]]
) -> None:
    owner, producer = make(), make()
    stream = CheckedStream(owner, "writer")
    flags = got(producer.attach(stream.id, TAIL))
    waiting.until(lambda: channels() == {keys.flags(stream.id)})
    stream.decide(causes.CANCEL)
    until(flags, lambda: flags.cancelled)
    assert not flags.ended
    stream.decide(causes.complete("writer"))
    until(flags, lambda: flags.ended)
    waiting.until(lambda: channels() == set())
    producer.detach(stream.id)


def test_a_producer_learns_of_a_cancel_by_its_next_frame(make: Factory) -> None:
    owner, producer = make(), make()
    stream = CheckedStream(owner, "writer")
    got(producer.append(stream.id, Frame(encode("text", {}), "writer")))
    stream.snapshot = stream.load()  # its component has another process now
    stream.decide(causes.CANCEL)
    got(producer.append(stream.id, Frame(encode("text", {}), "writer")))
    got(producer.load(stream.id))
    flags = got(producer.attach(stream.id, TAIL))
    assert flags.cancelled
    producer.detach(stream.id)


def test_what_is_heard_is_not_read(make: Factory, server: RedisServer) -> None:
    stream = CheckedStream(make(), "writer")
    log = got(make().attach(stream.id))
    with server.client() as client:
        waiting.until(lambda: bool(client.pubsub_channels()))
        stream.append("the first", "writer")
        until(log, lambda: log.last == 3)
        before = calls_of(client, "xrange")
        for number in range(4, 104):
            stream.append(str(number), "writer")
            until(log, lambda number=number: log.last == number)  # type: ignore[misc]
        assert calls_of(client, "xrange") - before <= 2  # the look after the subscription


def test_a_batch_behind_one_that_was_lost_brings_it(make: Factory, server: RedisServer) -> None:
    stream = CheckedStream(make(), "writer")
    log = got(make().attach(stream.id))
    with server.client() as client:
        _wait_until_heard(client, stream, log.last)
        until(log, lambda: log.last == 3)
        lost = append_of(1001, stream.id, "lost", publishes=False)
        client.execute_command(*lost)
        client.execute_command(*append_of(1002, stream.id, "heard"))
    until(log, lambda: log.last == 5)
    assert [event.json()["chunk"] for event in read(log, 3)] == ["lost", "heard"]


def test_the_last_batch_is_found_though_its_message_was_lost(server: RedisServer) -> None:
    with closing_all(server.url) as make, server.client() as client:
        stream = CheckedStream(made(make, lease=0.6), "writer")
        log = stream.attach()
        lost = append_of(1000, stream.id, "lost", publishes=False)
        client.execute_command(*lost)
        until(log, lambda: log.last == 3)


def test_a_subscriber_that_is_cut_off_comes_back_and_misses_nothing(
    make: Factory, server: RedisServer
) -> None:
    stream = CheckedStream(make(), "writer")
    log = got(make().attach(stream.id))
    with server.client() as client:
        for number in range(3, 53):
            if number % 10 == 3:
                waiting.until(lambda: client.client_kill_filter(_type="pubsub"))
            stream.append(str(number), "writer")
        until(log, lambda: log.last == 52)
    chunks = [event.json()["chunk"] for event in read(log, 2)]
    assert chunks == [str(number) for number in range(3, 53)]


def test_a_user_without_channels_gets_all_frames_later(server: RedisServer) -> None:
    with server.client() as client:
        client.acl_setuser(
            "deaf", enabled=True, passwords=["+x"], categories=["+@all"], keys=["*"],
            reset_channels=True,
        )  # fmt: skip
    with closing_all(server.url.replace("://", "://deaf:x@")) as make:
        stream = CheckedStream(made(make, lease=0.6), "writer")
        log = stream.attach()
        stream.append("not published", "writer")
        until(log, lambda: log.last == 3)


def batch(last: int, count: int = 1) -> Batch:
    bodies = [encode("text", {"number": last - back}) for back in reversed(range(count))]
    return Batch(last, 1, bodies, cancelled=False, ended=False)


def test_batches_behind_a_hole_wait_until_it_is_filled() -> None:
    frame_log = ReplicaLog(1 << 20)
    assert frame_log.take(batch(1))
    assert not frame_log.take(batch(4))
    assert not frame_log.take(batch(6, 2))
    assert frame_log.log.last == 1
    frame_log.fill([batch(2), batch(3)], None)
    assert [event.json()["number"] for event in read(frame_log.log)] == list(range(1, 7))
    assert frame_log.take(batch(4))
    assert frame_log.log.last == 6


def test_only_some_batches_wait_behind_a_hole() -> None:
    frame_log = ReplicaLog(1 << 20)
    for last in range(2, 1000):
        assert not frame_log.take(batch(last))
    frame_log.fill([batch(1)], None)
    assert frame_log.log.last == 1
    frame_log.fill([batch(999, 998)], None)
    assert frame_log.log.last == 999


@pytest.mark.parametrize("message", [b"", b"\n", b"5\n", b"5-\n", b"later 5-1 \nx\n\n", b"\xff"])
def test_a_message_of_an_unknown_form_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it comes from int, in words of Python's
        batch_of_message(message)


def _wait_until_heard(client: Redis, stream: CheckedStream, last: int) -> None:
    """Append a frame once the stream's channel is heard."""
    waiting.until(lambda: bool(client.pubsub_channels()))
    client.execute_command(*append_of(1000, stream.id, "first"))
    assert last == 2
