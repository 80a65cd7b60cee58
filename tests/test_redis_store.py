"""What the store over Redis does beyond the contract: repeats, lifetimes, bounds and failures."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from pytest_django import Settings
from redis import Redis
from redis.exceptions import ResponseError

from harness import waiting
from harness.producers import Producer, producers
from harness.redis_server import RedisServer, redis_server
from sse_pipeline import SSEHandler, stores
from sse_pipeline.exceptions import StoreUnavailable, StreamEnded, StreamNotFound
from sse_pipeline.frames import Frame, encode
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores.redis import RedisStore, bells, copying, follower, keys, listener, writer
from sse_pipeline.stores.redis import store as redis_store
from sse_pipeline.stores.redis.append import Append
from sse_pipeline.stores.redis.commit import Commit
from sse_pipeline.stores.redis.copies import Filling
from sse_pipeline.stores.redis.line import line
from sse_pipeline.stores.redis.operations import Sign
from sse_pipeline.testing.contract import Factory, made
from sse_pipeline.testing.subject import CheckedStream, got, read, until


@pytest.fixture
def client(redis: RedisServer) -> Iterator[Redis]:
    with redis.client() as client:
        yield client


@pytest.fixture
def stream(redis_stores: Factory) -> CheckedStream:
    return CheckedStream(made(redis_stores), "writer")


@pytest.fixture
def handler(redis: RedisServer, settings: Settings) -> SSEHandler:
    settings.SSE_PIPELINE = {"STORE": redis.url}
    return SSEHandler(components=["text"])


@pytest.fixture(scope="module")
def producer(redis: RedisServer) -> Iterator[Producer]:
    with producers(redis.url) as (producer,):
        yield producer


def process(stream: CheckedStream) -> Any:
    store = stream.store
    assert isinstance(store, RedisStore)
    return store._process


def sign(text: str) -> Sign:
    return Sign(Frame(encode("text", {"chunk": text}), "writer"), "writer")


# Repeats


def test_a_repeated_append_is_done_once_and_told_the_same(
    stream: CheckedStream, client: Redis
) -> None:
    append = Append(process(stream), 1000, stream.id, [sign("once")])
    replies: list[Any] = [client.execute_command(*append.command()) for _ in range(3)]
    assert [reply[1] for reply in replies] == [b"done"] * 3
    assert [event.event for event in stream.events(3)] == ["stream", "component", "text"]


def test_a_repeat_that_comes_late_is_nothing(stream: CheckedStream, client: Redis) -> None:
    for number in (1000, 1001, 1000):
        append = Append(process(stream), number, stream.id, [sign(str(number))])
        client.execute_command(*append.command())
    chunks = [event.json()["chunk"] for event in stream.events(4)[2:]]
    assert chunks == ["1000", "1001"]


def test_a_repeated_commit_has_won_each_time(stream: CheckedStream, client: Redis) -> None:
    old = stream.load()
    outcome = decide(old, causes.register(Component("late")), 1.0)
    commit = Commit(process(stream), 1000, (old, outcome.snapshot), outcome.frames)
    replies: list[Any] = [client.execute_command(*commit.command()) for _ in range(2)]
    assert [reply[1] for reply in replies] == [b"won", b"won"]
    assert len(stream.events(3)) == 3


def test_a_late_frame_is_dropped_and_counted(
    stream: CheckedStream, client: Redis, redis_stores: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: Any = made(redis_stores)
    monkeypatch.setattr(late._leases, "_on_beat", lambda: None)  # it listens to nothing
    got(late.append(stream.id, Frame(encode("text", {"chunk": "in time"}))))
    stream.decide(causes.complete("writer"))
    late.append(stream.id, Frame(encode("text", {"chunk": "late"})))
    waiting.until(lambda: client.hget(keys.state(stream.id), "late") == b"1")
    waiting.until(lambda: late.open_streams() == [])
    with pytest.raises(StreamEnded):
        late.append(stream.id, Frame(encode("text", {})))
    assert stream.events()[-1].event == "complete"


def test_scripts_that_the_server_forgot_are_loaded_again(
    stream: CheckedStream, client: Redis
) -> None:
    stream.append("before", "writer")
    stream.load()
    client.script_flush()
    stream.append("after", "writer")
    assert len(stream.events(4)) == 4


# Reading


def test_many_readers_cost_one_read(stream: CheckedStream, client: Redis) -> None:
    logs = {id(stream.attach()) for _ in range(50)}
    assert len(logs) == 1
    log = stream.attach()
    stats: Any = client.info("commandstats")
    before = stats["cmdstat_xrange"]["calls"]
    stream.append("to all", "writer")
    until(log, lambda: log.last == 3)
    stats = client.info("commandstats")
    assert stats["cmdstat_xrange"]["calls"] - before <= 2
    for _ in range(51):
        stream.store.detach(stream.id)


def test_what_several_read_at_once_is_taken_once() -> None:
    entries = [
        (b"%d-%d" % (number, number // 3), [b"frames", encode("text", {"number": number})])
        for number in range(1, 2001)
    ]
    filling = Filling(1 << 20)

    def read_all() -> None:
        while (last := filling.place[0]) < len(entries):
            filling.fill(entries[last : last + 7], None)

    with ThreadPoolExecutor(4) as pool:
        for reading in [pool.submit(read_all) for _ in range(4)]:
            reading.result()
    events = read(filling.log)
    assert [event.json()["number"] for event in events] == list(range(1, 2001))
    assert [int(event.id) for event in events] == list(range(1, 2001))


def test_each_command_is_answered_for_itself(redis: RedisServer) -> None:
    commands = [("SET", "answered", "text"), ("INCR", "answered"), ("GETDEL", "answered")]
    with closing(line(redis.client())) as server:
        done, refused, value = server.exchange(commands)
    assert (done, value) == (b"OK", b"text")
    assert isinstance(refused, ResponseError)


def test_a_ring_that_was_lost_costs_a_moment_and_no_frame(redis: RedisServer) -> None:
    with redis.client() as client:
        store = RedisStore(
            url=redis.url, held_bytes=1 << 20, max_stream_bytes=1 << 20, keep=60, lease=0.6
        )
        stream = CheckedStream(store, "writer")
        log = stream.attach()
        append = Append(process(stream), 1000, stream.id, [sign("unrung")])
        client.execute_command(*append.command())
        until(log, lambda: log.last == 3)
        store.close()


def test_who_is_too_far_behind_looks_at_everything(
    stream: CheckedStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "RINGS", 1)
    log = stream.attach()
    for number in range(20):
        stream.append(str(number), "writer")
        stream.load()
    until(log, lambda: log.last == 22)


def test_long_streams_are_read_in_pages(
    stream: CheckedStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        stream.append(str(number), "writer")
        stream.load()
    monkeypatch.setattr(copying, "PAGE", 7)
    store = stream.store
    assert isinstance(store, RedisStore)
    store._follower._copier._page = 7
    assert [int(event.id) for event in stream.events(42)] == list(range(1, 43))


def test_who_comes_late_is_told_of_the_gap(redis_stores: Factory) -> None:
    stream = CheckedStream(made(redis_stores, held_bytes=3000), "writer")
    early = stream.attach()
    for number in range(100):
        stream.append(f"{number:050}", "writer")
        stream.load()
    other = made(redis_stores, held_bytes=3000)
    log = got(other.attach(stream.id))
    taken = log.take(1, 1 << 20)
    assert taken.first > 2
    assert taken.last == 102
    assert log.held <= 3000
    until(early, lambda: early.last == 102)


def test_a_follower_that_fell_behind_the_trimming_goes_on(redis_stores: Factory) -> None:
    stream = CheckedStream(made(redis_stores, held_bytes=3000), "writer")
    log = stream.attach()
    log.append([b"event: text\ndata: 1\n\n"] * 0)
    with_gap = CheckedStream(made(redis_stores, held_bytes=3000))
    with_gap.id, with_gap.snapshot = stream.id, stream.load()
    for number in range(200):
        with_gap.append(f"{number:050}", "writer")
    until(log, lambda: log.last == 202)
    assert read(log)[0].id == "1"


def test_a_stream_that_is_opened_while_it_is_looked_at_has_not_ended(
    redis_stores: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = made(redis_stores)
    assert isinstance(store, RedisStore)
    stream, looked = CheckedStream(store), threading.Event()
    settle = copying._settle

    def open_it_first(*found: Any) -> None:
        if not looked.is_set():
            stream.decide(causes.register(Component("writer")))
        settle(*found)
        looked.set()

    monkeypatch.setattr(copying, "_settle", open_it_first)
    copy = store._copies.use(stream.id)
    store._follower.look_at_all()
    assert looked.wait(10)
    assert copy.known
    assert not copy.flags.ended


# Lifetime


def test_nothing_is_left_of_streams_that_were_kept_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bells, "RINGING", 0.2)
    with redis_server() as server, server.client() as client:
        store = RedisStore(
            url=server.url, held_bytes=1 << 20, max_stream_bytes=1 << 20, keep=0.2, lease=1
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


# Failures


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisStore]:
    """Give a store whose server is not there, and that is not patient."""
    monkeypatch.setattr(writer, "PATIENCE", 0.2)
    monkeypatch.setattr(follower, "PATIENCE", 0.2)
    monkeypatch.setattr(redis_store, "FAREWELL", 0.1)
    store = RedisStore(
        url="redis://127.0.0.1:1/0", held_bytes=1 << 20, max_stream_bytes=1 << 20, keep=60
    )
    yield store
    store.close()


def test_a_server_that_is_away_is_told_in_time(away: RedisStore) -> None:
    draft = Snapshot("never")
    answers: list[Any] = [
        away.load("never"),
        away.commit("never", draft, decide(draft, causes.OPEN, 1.0).snapshot, []),
        away.append("never", Frame(encode("text", {}))),
        away.attach("never"),
    ]
    for answer in answers:
        with pytest.raises(StoreUnavailable):
            answer.result(10)
    with pytest.raises(StoreUnavailable):
        away.load("never").result(10)


def test_the_requests_of_readers_are_answered_though_it_is_away(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(writer, "PATIENCE", 0.1)
    settings.SSE_PIPELINE = {"STORE": "redis://127.0.0.1:1/0"}

    async def ask() -> None:
        from harness.wire import Wire
        from sse_pipeline.consumers import EventsConsumer, StatusConsumer

        route = {"kwargs": {"stream_id": "x"}}
        wire = Wire(url_route=route)
        await wire.run(EventsConsumer.as_asgi())
        assert (wire.status, wire.body, wire.ended) == (200, b"retry: 2000\n\n", True)
        wire = Wire(url_route=route)
        await wire.run(StatusConsumer.as_asgi())
        assert wire.status == 503

    asyncio.run(ask())


def test_who_appends_waits_for_room_and_then_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "ROOM", 1000)
    with redis_server() as server:
        store = RedisStore(url=server.url, held_bytes=1 << 20, max_stream_bytes=1 << 24, keep=60)
        stream = CheckedStream(store, "writer")
        body = encode("text", {"chunk": "x" * 600})
        with server.paused():
            answers = [store.append(stream.id, Frame(body, "writer")) for _ in range(8)]
            waits = [each for each in answers if isinstance(each, Future)]
            assert 4 <= len(waits) < 8
            assert not waits[-1].done()
        for each in waits:
            assert each.result(10) is None
        assert len(stream.events(10)) == 10
        store.close()


def test_a_writer_that_fails_fails_all_who_wait(
    stream: CheckedStream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("the writer was made to fail")

    monkeypatch.setattr(writer.Writer, "_exchange", fail)
    with pytest.raises(StoreUnavailable, match="made to fail"):
        stream.load()
    with pytest.raises(StoreUnavailable, match="made to fail"):
        stream.load()
    with pytest.raises(StoreUnavailable):
        stream.append("after", "writer")
    stream.store.note(stream.id, "writer", "nothing")
    assert "the writer of the store failed" in caplog.text


def test_a_reader_that_fails_fails_all_who_wait(
    stream: CheckedStream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ArithmeticError("the reader was made to fail")

    monkeypatch.setattr(copying.Copier, "copy", fail)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="made to fail"):
            got(stream.store.attach(stream.id))
    assert "the reader of the store failed" in caplog.text


def test_a_stream_that_can_not_be_written_to_keeps_no_other_waiting(
    redis_stores: Factory, client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    store = made(redis_stores)
    broken, whole = CheckedStream(store, "writer"), CheckedStream(store, "writer")
    client.delete(keys.log(broken.id))
    client.set(keys.log(broken.id), "no stream")
    broken.append("lost", "writer")
    whole.append("kept", "writer")
    assert len(whole.events(3)) == 3
    with pytest.raises(StoreUnavailable):
        waiting.until(lambda: broken.append("more", "writer"))
    with pytest.raises(StoreUnavailable, match="could not be written"):
        broken.decide(causes.complete("writer"))
    assert "can't be written to" in caplog.text


def test_a_stream_that_can_not_be_read_keeps_no_other_waiting(
    redis_stores: Factory, client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = (
        CheckedStream(made(redis_stores), "writer"),
        CheckedStream(made(redis_stores), "writer"),
    )
    client.delete(keys.log(broken.id))
    client.set(keys.log(broken.id), "no stream")
    other = made(redis_stores)
    attached = [other.attach(each.id) for each in (broken, whole)]
    assert got(attached[1]).last == 2
    with pytest.raises(StoreUnavailable, match=broken.id):
        got(attached[0])
    assert f"{broken.id} can't be read" in caplog.text
    log = got(attached[1])
    whole.append("on", "writer")
    until(log, lambda: log.last == 3)
    other.detach(whole.id)


def test_a_closed_store_says_so(redis_stores: Factory) -> None:
    store = made(redis_stores)
    stream = CheckedStream(store, "writer")
    store.close()
    with pytest.raises(StoreUnavailable):
        stream.load()
    with pytest.raises(StoreUnavailable):
        stream.attach()


def test_what_was_sent_is_written_before_the_process_ends(redis_stores: Factory) -> None:
    stream = CheckedStream(made(redis_stores), "writer")
    for number in range(100):
        stream.append(str(number), "writer")
    stream.store.close()
    other = made(redis_stores)
    log = got(other.attach(stream.id))
    assert log.last == 102
    other.detach(stream.id)


# Other processes


def test_a_process_that_is_lost_is_told_of_where_it_matters(
    stream: CheckedStream, caplog: pytest.LogCaptureFixture
) -> None:
    store: Any = stream.store
    stream.load()
    store._see_to("of-nothing-here")
    assert caplog.text == ""
    store._see_to(process(stream).name)
    assert "with work on 1 streams" in caplog.text


def test_a_cancel_reaches_threads_and_loops_of_other_processes(
    handler: SSEHandler, producer: Producer
) -> None:
    stream = handler.snapshot().stream_id
    assert producer("cancelled", stream) is False
    producer.tell("wait_cancelled", stream, 10)
    handler.cancel()
    assert producer.answer() is True
    assert producer("cancelled", stream) is True


async def test_an_asynchronous_producer_and_reader(handler: SSEHandler, producer: Producer) -> None:
    await handler.asend("text", component="text", chunk="one")
    other = await SSEHandler.aattach(handler.stream_id)
    waiting_for_it = asyncio.create_task(other.ended())
    assert await asyncio.to_thread(producer, "complete", handler.stream_id, "text")
    await asyncio.wait_for(waiting_for_it, 10)
    frames = [frame async for frame in other]
    assert len(frames) == 5
    assert b"event: complete" in frames[-1]


async def test_in_a_loop_the_plain_calls_name_their_twins(handler: SSEHandler) -> None:
    from django.core.exceptions import SynchronousOnlyOperation

    with pytest.raises(SynchronousOnlyOperation, match="asnapshot"):
        handler.snapshot()


def test_a_forked_child_starts_clean(handler: SSEHandler, producer: Producer) -> None:
    stream = producer("open", ["text"])
    producer("send", stream, "text", "of the parent")
    producer("ledger", stream)
    assert producer("fork", stream, "text") == 0
    frames = b"".join(SSEHandler.attach(stream))
    assert frames.count(b"of the parent") == frames.count(b"of the child") == 1
    assert b"event: complete" in frames


def test_registrations_of_many_processes_are_all_there(redis: RedisServer) -> None:
    with producers(redis.url, 3) as several:
        stream = several[0]("open", ["c0"])
        for index, each in enumerate(several[1:], 1):
            each.tell("register", stream, f"c{index}")
        for each in several[1:]:
            each.answer()
        for index, each in enumerate(several):
            each.tell("complete", stream, f"c{index}")
        assert [each.answer() for each in several] == [True] * 3
        assert several[0]("ended", stream, 5)
        assert several[0]("ledger", stream)["state"] == "complete"
