"""A stream of a store under check, and waits for its answers."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

from ..decoder import Decoder, Event
from ..exceptions import SSEPipelineError
from ..frames import Frame, encode
from ..lifecycle import causes
from ..lifecycle.decision import decide
from ..lifecycle.registry import Component
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..stores.base import Answer, result_of
from ..stores.bell import ThreadBell
from ..stores.log import Log

T = TypeVar("T")

#: Seconds that a store has for any operation.
TIMEOUT = 20.0


#: Makes an empty store: its class, or any callable that takes the same options.
Factory = Callable[..., Store]


def made(make: Factory, **options: float) -> Store:
    """Make a store with these options, and with ample ones for the rest."""
    return make(**{"held_bytes": 1 << 20, "max_stream_bytes": 1 << 24, "keep": 600.0, **options})


class CheckedStream:
    """A stream of a store under check."""

    def __init__(self, store: Store, *components: str) -> None:
        self.store = store
        self.id = str(uuid4())
        self.snapshot = Snapshot(self.id)
        for name in components:
            self.decide(causes.register(Component(name)))

    def decide(self, cause: causes.Cause) -> Snapshot:
        """Commit a cause to the last snapshot; return the snapshot that the store holds then."""
        outcome = decide(self.snapshot, cause, self.store.now())
        self.snapshot = got(
            self.store.commit(self.id, self.snapshot, outcome.snapshot, outcome.frames)
        )
        return self.snapshot

    def append(self, text: str, component: str | None = None) -> None:
        """Append an event that carries a text."""
        got(self.store.append(self.id, Frame(encode("text", {"chunk": text}), component)))

    def load(self) -> Snapshot:
        """Load the stream."""
        return loaded(self.store, self.id)

    def attach(self, after: int = 0) -> Log:
        """Attach to the log of the stream."""
        return got(self.store.attach(self.id, after))

    def events(self, count: int | None = None) -> list[Event]:
        """Read so many events of the stream, or all to its end."""
        log = self.attach()
        try:
            until(log, lambda: log.ended if count is None else log.last >= count)
            return read(log)
        finally:
            self.store.detach(self.id)


def got(answer: Answer[T]) -> T:
    """Return the value of an answer."""
    return result_of(answer, TIMEOUT)


def loaded(store: Store, stream_id: str) -> Snapshot:
    """Load a stream that must exist."""
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
    """Wait for the bell of a log until a condition holds."""
    bell = ThreadBell()
    log.tap(bell, bell.wake)
    try:
        while not condition():
            assert bell.wait(TIMEOUT), "the bell was not rung"
    finally:
        log.untap(bell, bell.wake)


def refuses(error: type[SSEPipelineError], call: Callable[[], Any]) -> None:
    """Check that a call raises an error, at once or in its answer."""
    try:
        got(call())
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")


def race(count: int, work: Callable[[int], None]) -> None:
    """Call `work` in so many threads at once; raise the error of one of them."""
    barrier, errors = threading.Barrier(count), list[BaseException]()

    def run(number: int) -> None:
        barrier.wait(TIMEOUT)
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    if errors:
        raise errors[0]
