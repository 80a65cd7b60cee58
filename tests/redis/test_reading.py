"""Replicas: each frame is read once, in pages, and nothing is missed."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from redis import Redis
from redis.exceptions import ResponseError

from harness.redis_server import RedisServer
from sse_pipeline.frames import encode
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.registry import Component
from sse_pipeline.stores.redis import Tuning
from sse_pipeline.stores.redis.connection import Command, Connection, ServerAnswer, connection_of
from sse_pipeline.stores.redis.reading.replica_updater import ReplicaUpdater
from sse_pipeline.stores.remote.batch import Batch
from sse_pipeline.stores.remote.pending_update import PendingUpdate
from sse_pipeline.stores.remote.replica import ReplicaLog
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made, read, until
from tests.redis.parts import calls_of, context, tuned


def test_many_readers_cost_one_read(stream: CheckedStream, client: Redis) -> None:
    logs = {id(stream.attach()) for _ in range(50)}
    assert len(logs) == 1
    log = stream.attach()
    before = calls_of(client, "xrange")
    stream.append("to all", "writer")
    until(log, lambda: log.last == 3)
    assert calls_of(client, "xrange") - before <= 2
    for _ in range(51):
        stream.store.detach(stream.id)


def test_what_several_read_at_once_is_taken_once() -> None:
    entries = [
        Batch(number, number // 3, [encode("text", {"number": number})], False, False)
        for number in range(1, 2001)
    ]
    frame_log = ReplicaLog(1 << 20)

    def read_all() -> None:
        while (last := frame_log.position[0]) < len(entries):
            frame_log.fill(entries[last : last + 7], None)

    with ThreadPoolExecutor(4) as pool:
        for reading in [pool.submit(read_all) for _ in range(4)]:
            reading.result()
    events = read(frame_log.log)
    assert [event.json()["number"] for event in events] == list(range(1, 2001))
    assert [int(event.id) for event in events] == list(range(1, 2001))


def test_each_command_is_answered_for_itself(redis: RedisServer) -> None:
    commands: list[Command] = [
        ("SET", "answered", "text"),
        ("INCR", "answered"),
        ("GETDEL", "answered"),
    ]
    with closing(connection_of(redis.client())) as server:
        done, refused, value = server.execute(commands)
    assert (done, value) == (b"OK", b"text")
    assert isinstance(refused, ResponseError)


def test_an_attached_log_holds_what_this_process_has_not_written_yet(
    redis_stores: Factory,
) -> None:
    stream = CheckedStream(tuned(redis_stores, Tuning(batch_frames=1)), "writer")
    stream.load()
    for number in range(100):
        stream.append(str(number), "writer")
    assert stream.attach().last == 102
    stream.store.detach(stream.id)


def test_long_streams_are_read_in_pages(stream: CheckedStream, redis_stores: Factory) -> None:
    for number in range(40):
        stream.append(str(number), "writer")
        stream.load()
    reader = CheckedStream(tuned(redis_stores, Tuning(page_entries=7)))
    reader.id = stream.id
    assert [int(event.id) for event in reader.events(42)] == list(range(1, 43))


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


class OpeningConnection(Connection):
    """Calls a function after the server has answered, before anyone takes the answers."""

    def __init__(self, connection: Connection, then: Callable[[], object]) -> None:
        self._connection = connection
        self._then = then

    def execute(self, commands: Sequence[Command]) -> list[ServerAnswer]:
        answers = self._connection.execute(commands)
        self._then()
        return answers

    def close(self) -> None:
        self._connection.close()


def test_a_stream_that_is_opened_while_it_is_looked_at_has_not_ended(
    redis: RedisServer, redis_stores: Factory
) -> None:
    stream, replicas = CheckedStream(made(redis_stores)), context().replicas
    replica, looked = replicas.use(stream.id), list[bool]()

    def open_it() -> None:
        looked.append(replica.known)
        stream.decide(causes.register(Component("writer")))
        replicas.update(stream.load())

    with closing(OpeningConnection(connection_of(redis.client()), open_it)) as connection:
        update = PendingUpdate(checks_state=True)
        ReplicaUpdater(replicas, 1000).update(connection, {stream.id: update})
    assert looked == [False]
    assert replica.known
    assert not replica.flag_log.ended
