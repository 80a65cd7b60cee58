"""A memory store holds no more than its bound, whatever its streams send."""

import pytest
from pytest_django import Settings

from sse_pipeline import SSEHandler, signals, stores
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.stores.total import STREAM_BYTES, TotalBound
from sse_pipeline.testing.subject import CheckedStream, made, race, read

MOST = 400_000


class CountedStore(MemoryStore):
    """A store that keeps the logs that it makes."""

    def __init__(self, **options: float) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self.logs = list[Log]()

    def measured(self) -> int:
        return sum(log.footprint + STREAM_BYTES for log in self.logs)


@pytest.fixture
def store() -> CountedStore:
    store = made(CountedStore, store_bytes=MOST)
    assert isinstance(store, CountedStore)
    return store


def opened(store: CountedStore) -> CheckedStream:
    stream = CheckedStream(store, "writer")
    store.logs.append(stream.attach())
    return stream


def test_many_streams_hold_no_more_than_the_bound(store: CountedStore) -> None:
    streams = [opened(store) for _ in range(20)]
    most = 0
    for _ in range(200):
        for stream in streams:
            stream.append("x" * 500, "writer")
        most = max(most, store.measured())
    assert MOST // 2 < most <= MOST
    for stream, log in zip(streams, store.logs, strict=True):
        stream.decide(causes.complete("writer"))
        events = read(log, 1)
        assert events[-1].event == "complete"
        assert int(events[-1].id) == log.last == 204  # numbers go on
        assert read(log)[0].event == "stream"


def test_the_frames_of_ended_streams_go_first(store: CountedStore) -> None:
    ended, goes_on = opened(store), opened(store)
    for stream in (ended, goes_on):
        for _ in range(200):
            stream.append("x" * 500, "writer")
    ended.decide(causes.complete("writer"))
    held = store.logs[1].held
    third = opened(store)
    while store.logs[0].held > 10_000:
        third.append("x" * 500, "writer")
    assert store.logs[1].held == held
    assert [event.event for event in read(store.logs[0], 1)] == ["complete"]


def test_the_largest_stream_shrinks_before_the_others(store: CountedStore) -> None:
    small, large = opened(store), opened(store)
    for _ in range(20):
        small.append("x" * 500, "writer")
    held = store.logs[0].held
    for _ in range(2000):
        large.append("x" * 500, "writer")
    assert store.logs[0].held == held
    assert store.measured() <= MOST


def test_ended_streams_are_forgotten_if_nothing_else_helps(store: CountedStore) -> None:
    for _ in range(500):
        CheckedStream(store, "writer").decide(causes.complete("writer"))
    assert store.kept < MOST / STREAM_BYTES


def test_threads_that_send_at_once_stay_within_it(store: CountedStore) -> None:
    streams = [opened(store) for _ in range(8)]

    def send(number: int) -> None:
        for _ in range(400):
            streams[number].append("x" * 500, "writer")

    race(len(streams), send)
    streams[0].append("x" * (MOST // 16), "writer")  # measured once more
    assert store.measured() <= MOST * 1.1


def test_the_setting_bounds_the_store_and_a_signal_says_so(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"STORE_BYTES": MOST}
    reached = list[str]()

    def hear(limit: str, **_: object) -> None:
        reached.append(limit)

    signals.limit_reached.connect(hear)
    handler = SSEHandler(components=["text"])
    for _ in range(1000):
        handler.send("text", chunk="x" * 500)
    signals.limit_reached.disconnect(hear)
    assert set(reached) == {"STORE_BYTES"}
    store = stores.current()
    assert isinstance(store, MemoryStore)
    assert store.attach(handler.stream_id).footprint <= MOST


def test_a_store_without_streams_drops_nothing() -> None:
    assert not TotalBound(1).keep([], lambda: False)
