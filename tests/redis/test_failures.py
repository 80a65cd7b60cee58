"""A server, a stream or a thread that fails: callers hear of it, and no other stream waits."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any, cast

import pytest
from pytest_django import Settings
from redis import Redis

from harness import waiting
from harness.redis_server import redis_server
from harness.tuned_store import tuned_store
from sse_pipeline.exceptions import InvalidFrame, StoreUnavailable, StreamUnreadable
from sse_pipeline.frames import Frame, encode
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores.base import Answer
from sse_pipeline.stores.redis import RedisStore, Tuning, keys
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made, until
from tests.redis.parts import BrokenServer, GarblingServer, UnreadableServer, store_on

pytestmark = pytest.mark.processes

#: An address where nobody listens.
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def away() -> Iterator[RedisStore]:
    """Make a store whose server does not exist, with little patience."""
    store = RedisStore(
        url=NOWHERE,
        held_bytes=1 << 20,
        max_stream_bytes=1 << 20,
        keep=60,
        tuning=Tuning(patience=0.2, closing_time=0.1),
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


def test_the_requests_of_readers_are_answered_though_it_is_away(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE": tuned_store(NOWHERE, Tuning(patience=0.1))}

    async def ask() -> None:
        from harness.wire import Wire, unopened
        from sse_pipeline.consumers import EventsConsumer, StatusConsumer

        route = {"kwargs": {"stream_id": "x"}}
        wire = Wire(url_route=route)
        await wire.run(EventsConsumer.as_asgi())
        assert (wire.status, unopened(wire.body), wire.ended) == (200, b"", True)
        wire = Wire(url_route=route)
        await wire.run(StatusConsumer.as_asgi())
        assert wire.status == 503

    asyncio.run(ask())


def test_who_appends_waits_for_room_and_then_goes_on() -> None:
    with redis_server() as server:
        store = RedisStore(
            url=server.url,
            held_bytes=1 << 20,
            max_stream_bytes=1 << 24,
            keep=60,
            tuning=Tuning(queue_bytes=1000),
        )
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


def test_a_writer_that_fails_once_goes_on(
    redis_stores: Factory, client: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    fault = threading.Event()
    store = store_on(partial(BrokenServer, fault), redis_stores)
    stream = CheckedStream(store, "writer")
    fault.set()
    client.script_flush()  # the writer connects anew to load the scripts
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="made to fail"):
            stream.load()
    fault.clear()
    assert stream.load().version == 1
    stream.append("after", "writer")
    assert len(stream.events(3)) == 3
    assert "the writer of the store failed once" in caplog.text


def test_a_reader_that_fails_once_goes_on(
    redis_stores: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    fault = threading.Event()
    # From its start: the lease thread makes the fetcher connect at any moment.
    fault.set()
    store = store_on(partial(UnreadableServer, fault), redis_stores)
    stream = CheckedStream(store, "writer")
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="made to fail"):
            got(stream.store.attach(stream.id))
    fault.clear()
    assert got(stream.store.attach(stream.id)).last == 2
    stream.store.detach(stream.id)
    assert "the reader of the store failed once" in caplog.text


def test_a_request_that_can_not_be_made_fails_alone(
    redis_stores: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    store = made(redis_stores)
    bad, other = CheckedStream(store, "writer"), CheckedStream(store, "writer")
    new = decide(bad.snapshot, causes.CANCEL, 1.0).snapshot
    answer = store.commit(bad.id, bad.snapshot, new, [cast("Frame", "no frame")])
    assert isinstance(answer, Future)
    with pytest.raises(StoreUnavailable, match="can't be made"):
        answer.result(30)
    assert bad.id in caplog.text
    for stream in (bad, other):
        stream.append("goes on", "writer")
        stream.decide(causes.complete("writer"))
        assert stream.load().terminal


#: Each place where an answer of the server is handled.
CALLS: dict[str, Callable[[CheckedStream], Answer[Any]]] = {
    "load": lambda stream: stream.store.load(stream.id),
    "commit": lambda stream: stream.store.commit(
        stream.id, stream.snapshot, decide(stream.snapshot, causes.CANCEL, 1.0).snapshot, []
    ),
    "append": lambda stream: stream.store.append(stream.id, Frame(encode("text", {}), "writer")),
    "note": lambda stream: stream.store.note(stream.id, "writer", "a note"),
    "attach": lambda stream: stream.store.attach(stream.id),
    "inspect": lambda stream: stream.store.inspect(stream.id),
}


@pytest.mark.parametrize("place", CALLS)
def test_an_answer_that_can_not_be_handled_concerns_its_stream_alone(
    place: str, redis_stores: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    garbled: set[str] = set()
    store = store_on(partial(GarblingServer, garbled), redis_stores)
    bad, *others = [CheckedStream(store, "writer") for _ in range(101)]
    logs = [got(store.attach(each.id)) for each in others]
    garbled.add(bad.id)
    answer: Answer[Any] = None
    for number, each in enumerate(others):
        if number == 50:
            answer = CALLS[place](bad)
        each.append("goes on", "writer")
        each.decide(causes.complete("writer"))
    for each, log in zip(others, logs, strict=True):
        until(log, lambda log=log: log.ended)  # type: ignore[misc]
        store.detach(each.id)
    if isinstance(answer, Future):
        with pytest.raises(StreamUnreadable, match=bad.id):
            answer.result(30)
    else:
        waiting.until(lambda: "an answer can't be handled" in caplog.text)
    with pytest.raises(StoreUnavailable):
        bad.load()
    garbled.clear()
    assert bad.load().version == (2 if place == "commit" else 1)  # the server has done it


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


def test_a_request_that_can_not_be_encoded_fails_alone(redis_stores: Factory) -> None:
    store = made(redis_stores)
    draft = Snapshot("a", owner="\ud800")
    bad: list[Any] = [
        store.load("\ud800"),
        store.commit("a", draft, decide(draft, causes.OPEN, 1.0).snapshot, []),
    ]
    stream = CheckedStream(store, "writer")
    for answer in bad:
        with pytest.raises(InvalidFrame):
            got(answer)
    stream.append("one", "writer")
    assert got(store.load(stream.id)) is not None
