"""The contract of a store, as checks that any implementation can be put through."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from .. import causes
from ..exceptions import FrameTooLarge, SSEPipelineError, StreamEnded, StreamNotFound
from ..frames import Frame, encode
from ..lifecycle import decide
from ..registry import Component
from ..snapshot import Snapshot
from ..stores import Store
from ..stores.bell import ThreadBell
from ..stores.base import Answer
from ..stores.log import Log
from .events import Decoder, Event

T = TypeVar("T")

#: Seconds that a store has for anything.
PATIENCE = 20.0


class Factory(Protocol):
    """Makes a store with nothing in it."""

    def __call__(
        self, *, held_bytes: int = ..., max_stream_bytes: int = ..., keep: float = ...
    ) -> Store:
        """Make it."""


class Stream:
    """A stream of a store under check."""

    def __init__(self, store: Store, *components: str) -> None:
        self.store = store
        self.id = str(uuid4())
        self.snapshot = Snapshot(self.id)
        for name in components:
            self.decide(causes.register(Component(name)))

    def decide(self, cause: causes.Cause) -> Snapshot:
        """Commit a cause to the last snapshot; return what holds."""
        outcome = decide(self.snapshot, cause, self.store.now())
        self.snapshot = got(
            self.store.commit(self.id, self.snapshot, outcome.snapshot, outcome.frames)
        )
        return self.snapshot

    def append(self, text: str, component: str | None = None) -> None:
        """Append an event that carries a text."""
        got(self.store.append(self.id, Frame(encode("text", {"chunk": text}), component)))

    def load(self) -> Snapshot:
        """Load it."""
        return loaded(self.store, self.id)

    def attach(self, after: int = 0) -> Log:
        """Attach to its log."""
        return got(self.store.attach(self.id, after))

    def events(self, count: int | None = None) -> list[Event]:
        """Read it: so many events, or all to the end."""
        log = self.attach()
        try:
            until(log, lambda: log.ended if count is None else log.last >= count)
            return read(log)
        finally:
            self.store.detach(self.id)


def got(answer: Answer[T]) -> T:
    """Return what a store answered, once it has."""
    return answer.result(PATIENCE) if isinstance(answer, Future) else answer


def loaded(store: Store, stream_id: str) -> Snapshot:
    """Load a stream that is there."""
    snapshot = got(store.load(stream_id))
    assert snapshot is not None
    return snapshot


def read(log: Log, after: int = 0) -> list[Event]:
    """Return the events of a log after an id."""
    decoder, events = Decoder(), list[Event]()
    while (taken := log.take(after, 1000)).data:
        events += decoder.feed(taken.data)
        after = taken.last
    return events


def until(log: Log, condition: Callable[[], bool]) -> None:
    """Wait at the log's bell until a condition holds."""
    bell = ThreadBell()
    log.tap(bell, bell.wake)
    try:
        while not condition():
            assert bell.wait(PATIENCE), "the bell was not rung"
    finally:
        log.untap(bell, bell.wake)


def refuses(error: type[SSEPipelineError], call: Callable[[], Any]) -> None:
    """Check that a call raises an error, at once or when it is waited for."""
    try:
        got(call())
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")


def race(count: int, work: Callable[[int], None]) -> None:
    """Do a work in so many threads at once; raise what one of them raised."""
    barrier, errors = threading.Barrier(count), list[BaseException]()

    def run(number: int) -> None:
        barrier.wait(PATIENCE)
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised again by who waits
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if errors:
        raise errors[0]


def unknown_streams_are_refused(make: Factory) -> None:
    store, snapshot = make(), Snapshot("")
    unknown = str(uuid4())
    assert got(store.load(unknown)) is None
    refuses(StreamNotFound, lambda: store.append(unknown, Frame(encode("text", {}))))
    refuses(StreamNotFound, lambda: store.attach(unknown))
    later = replace(snapshot, stream_id=unknown, version=3)
    refuses(
        StreamNotFound,
        lambda: store.commit(unknown, later, replace(later, version=4), []),
    )
    store.note(unknown, "nobody", "nothing")
    store.detach(unknown)


def a_commit_is_loaded_and_read(make: Factory) -> None:
    stream = Stream(make(), "writer")
    assert stream.load() == stream.snapshot
    events = stream.events(2)
    assert [(event.id, event.event) for event in events] == [("1", "stream"), ("2", "component")]


def a_stale_commit_changes_nothing(make: Factory) -> None:
    stream = Stream(make(), "writer", "other")
    old = stream.snapshot
    held = stream.decide(causes.complete("writer"))
    outcome = decide(old, causes.complete("other"), stream.store.now())
    answer = got(stream.store.commit(stream.id, old, outcome.snapshot, outcome.frames))
    assert answer == held
    assert answer is not outcome.snapshot
    assert stream.load() == held
    assert len(stream.events(4)) == 4


def a_stream_is_opened_once(make: Factory) -> None:
    store, stream_id = make(), str(uuid4())
    draft, won = Snapshot(stream_id), list[int]()

    def open_it(number: int) -> None:
        outcome = decide(draft, causes.register(Component(f"c{number}")), store.now())
        held = got(store.commit(stream_id, draft, outcome.snapshot, outcome.frames))
        if held is outcome.snapshot:
            won.append(number)

    race(8, open_it)
    assert len(won) == 1
    assert [component.name for component in loaded(store, stream_id).registry] == [f"c{won[0]}"]


def each_version_is_won_once(make: Factory) -> None:
    stream = Stream(make(), *(f"c{number}" for number in range(16)))

    def settle(number: int) -> None:
        snapshot = stream.load()
        while True:
            outcome = decide(snapshot, causes.complete(f"c{number}"), stream.store.now())
            held = got(stream.store.commit(stream.id, snapshot, outcome.snapshot, outcome.frames))
            if held is outcome.snapshot:
                return
            snapshot = held

    race(16, settle)
    events = stream.events()
    assert [event.event for event in events].count("complete") == 1
    assert events[-1].event == "complete"
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))


def frames_keep_their_order(make: Factory) -> None:
    stream = Stream(make(), "writer")

    def write(number: int) -> None:
        for index in range(50):
            stream.append(f"{number}:{index}", "writer")

    race(6, write)
    stream.decide(causes.complete("writer"))
    events = stream.events()
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    chunks = [event.json()["chunk"].split(":") for event in events if event.event == "text"]
    assert len(chunks) == 300
    for number in range(6):
        mine = [int(index) for writer, index in chunks if writer == str(number)]
        assert mine == list(range(50))
    assert events[-1].event == "complete"


def traffic_is_counted(make: Factory) -> None:
    stream = Stream(make(), "writer", "other")
    before = stream.store.now()
    stream.append("12345", "writer")
    stream.append("to all")
    stream.store.note(stream.id, "other", "thinking")
    traffic = stream.load().traffic
    assert (traffic.frames, traffic.components["writer"].frames) == (2, 1)
    assert 0 < traffic.components["writer"].bytes < traffic.bytes
    assert traffic.components["other"].note == "thinking"
    times = (traffic.at, traffic.anyone_at, traffic.components["other"].at)
    assert all(time >= before - 1 for time in times)


def nothing_follows_the_end(make: Factory) -> None:
    stream = Stream(make(), "writer")
    stream.decide(causes.complete("writer"))
    if stream.store.shared:
        with suppress(StreamEnded):
            stream.append("late")
    else:
        refuses(StreamEnded, lambda: stream.append("late"))
    assert stream.events()[-1].event == "complete"


def readers_are_woken_and_told(make: Factory) -> None:
    stream = Stream(make(), "writer")
    log = stream.attach()
    threading.Thread(target=stream.append, args=("soon", "writer")).start()
    until(log, lambda: log.last == 3)
    assert (log.cancelled, log.ended) == (False, False)
    stream.decide(causes.CANCEL)
    until(log, lambda: log.cancelled)
    stream.snapshot = stream.load()
    stream.decide(causes.complete("writer"))
    until(log, lambda: log.ended)
    assert read(log)[-1].event == "errored"
    stream.store.detach(stream.id)


def an_attached_log_holds_what_the_store_held(make: Factory) -> None:
    stream = Stream(make(), "writer")
    for number in range(10):
        stream.append(str(number), "writer")
    first = stream.attach(8)
    assert [event.id for event in read(first, 8)] == ["9", "10", "11", "12"]
    second = stream.attach()
    assert len(read(second)) == 12
    stream.store.detach(stream.id)
    stream.store.detach(stream.id)


def what_is_sent_is_bounded(make: Factory) -> None:
    stream = Stream(make(max_stream_bytes=500), "writer")
    stream.append("x" * 300, "writer")
    refuses(FrameTooLarge, lambda: stream.append("x" * 300, "writer"))


def what_is_held_is_bounded(make: Factory) -> None:
    stream = Stream(make(held_bytes=5000), "writer")
    for number in range(100):
        stream.append(f"{number:0100}", "writer")
    stream.decide(causes.complete("writer"))
    log = stream.attach()
    until(log, lambda: log.ended)
    taken = log.take(0, 100_000)
    assert (taken.first, taken.last) == (1, 1)
    held = read(log, 1)
    assert int(held[0].id) > 2
    assert held[-1].event == "complete"
    assert log.held <= 5000


def an_ended_stream_is_forgotten(make: Factory) -> None:
    stream = Stream(make(keep=1e-9), "writer")
    stream.decide(causes.complete("writer"))
    store = stream.store
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        store.sweep()
        if got(store.load(stream.id)) is None:
            return
        pause.wait(0.01)
    raise AssertionError("the stream was kept")


#: The checks, to be run one by one.
STORE_CHECKS: tuple[Callable[[Factory], None], ...] = (
    unknown_streams_are_refused,
    a_commit_is_loaded_and_read,
    a_stale_commit_changes_nothing,
    a_stream_is_opened_once,
    each_version_is_won_once,
    frames_keep_their_order,
    traffic_is_counted,
    nothing_follows_the_end,
    readers_are_woken_and_told,
    an_attached_log_holds_what_the_store_held,
    what_is_sent_is_bounded,
    what_is_held_is_bounded,
    an_ended_stream_is_forgotten,
)


def check_store(make: Factory) -> None:
    """Put a store through the whole contract; raises `AssertionError` where it breaks it."""
    for check in STORE_CHECKS:
        check(make)
