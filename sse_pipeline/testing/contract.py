"""The contract of a store, as checks for any implementation."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

from ..exceptions import FrameTooLarge, StreamEnded, StreamNotFound
from ..frames import Frame, encode
from ..lifecycle import causes
from ..lifecycle.decision import decide
from ..lifecycle.registry import Component, Status
from ..lifecycle.snapshot import Snapshot, Stop, Verdict
from ..streams.cursor import Cursor
from .attempt_checks import (
    a_run_of_a_finalizer_is_begun_once,
    a_run_that_fails_is_followed_by_another,
    an_attempt_refuses_the_frames_of_the_one_before,
    the_progress_of_a_component_is_kept,
)
from .content_checks import a_key_is_swapped_once, content_outlives_what_is_held
from .subject import (
    TIMEOUT,
    CheckedStream,
    Factory,
    got,
    loaded,
    made,
    race,
    read,
    refuses,
    until,
)


def it_can_be_used(make: Factory) -> None:
    made(make).probe()


def unknown_streams_are_refused(make: Factory) -> None:
    store, snapshot = made(make), Snapshot("")
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
    stream = CheckedStream(made(make), "writer")
    assert stream.load() == stream.snapshot
    events = stream.events(2)
    assert [(event.id, event.event) for event in events] == [("1", "stream"), ("2", "component")]


def a_stale_commit_changes_nothing(make: Factory) -> None:
    stream = CheckedStream(made(make), "writer", "other")
    old = stream.snapshot
    held = stream.decide(causes.complete("writer"))
    outcome = decide(old, causes.complete("other"), stream.store.now())
    answer = got(stream.store.commit(stream.id, old, outcome.snapshot, outcome.frames))
    assert answer == held
    assert answer is not outcome.snapshot
    assert stream.load() == held
    assert len(stream.events(4)) == 4


def a_stop_is_kept(make: Factory) -> None:
    stream = CheckedStream(made(make), "writer")
    stream.decide(causes.stop("owner", 700, 3))
    assert stream.load().stopped == Stop("owner", 700, 3)
    stream.decide(causes.fail("writer", Status.CANCELLED))
    assert stream.load().ledger()["writer"]["status"] == "stopped"
    assert stream.events()[-1].json()["stopped_by"] == "owner"


def a_stream_is_opened_once(make: Factory) -> None:
    store, stream_id = made(make), str(uuid4())
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
    stream = CheckedStream(made(make), *(f"c{number}" for number in range(16)))

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
    stream = CheckedStream(made(make), "writer")

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
    stream = CheckedStream(made(make), "writer", "other")
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


def the_end_counts_what_came_before_it(make: Factory) -> None:
    stream = CheckedStream(made(make), "writer", "other")
    stream.append("early", "writer")
    old = stream.load()
    outcome = decide(old, causes.abort(Verdict.OVERFLOW), stream.store.now())
    stream.append("after the decision", "writer")
    stream.append("after the decision", "other")
    held = got(stream.store.commit(stream.id, old, outcome.snapshot, outcome.frames))
    assert held is outcome.snapshot
    ledger = stream.events()[-1].json()["components"]
    assert (ledger["writer"]["frames"], ledger["other"]["frames"]) == (2, 1)
    for snapshot in (held, stream.load()):
        assert snapshot.ledger() == ledger
        assert snapshot.traffic.frames == 3


def nothing_follows_the_end(make: Factory) -> None:
    stream = CheckedStream(made(make), "writer")
    stream.decide(causes.complete("writer"))
    if stream.store.shared:
        with suppress(StreamEnded):
            stream.append("late")
    else:
        refuses(StreamEnded, lambda: stream.append("late"))
    assert stream.events()[-1].event == "complete"


def readers_are_woken_and_see_flags(make: Factory) -> None:
    stream = CheckedStream(made(make), "writer")
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
    stream = CheckedStream(made(make), "writer")
    for number in range(10):
        stream.append(str(number), "writer")
    first = stream.attach(8)
    assert [event.id for event in read(first, 8)] == ["9", "10", "11", "12"]
    second = stream.attach()
    assert len(read(second)) == 12
    stream.store.detach(stream.id)
    stream.store.detach(stream.id)


def what_is_sent_is_bounded(make: Factory) -> None:
    stream = CheckedStream(made(make, max_stream_bytes=500), "writer")
    stream.append("x" * 300, "writer")
    refuses(FrameTooLarge, lambda: stream.append("x" * 300, "writer"))


def what_is_held_is_bounded(make: Factory) -> None:
    stream = CheckedStream(made(make, held_bytes=5000), "writer")
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


def a_stream_is_inspected(make: Factory) -> None:
    stream = CheckedStream(made(make), "writer")
    if not stream.store.can_inspect:
        assert got(stream.store.inspect(stream.id)) is None
        return
    assert got(stream.store.inspect(str(uuid4()))) is None
    for number in range(5):
        stream.append(str(number), "writer")
    log = stream.attach()
    until(log, lambda: log.last == 7)
    reader = Cursor(log, after=4)
    log.follow(reader)
    shown = got(stream.store.inspect(stream.id, 2))
    assert shown is not None
    assert [frame.splitlines()[-2] for frame in shown.frames] == [b"id: 6", b"id: 7"]
    assert shown.last == 7
    (attached,) = shown.readers
    assert (attached.after, attached.frames) == (4, 3)
    assert 0 < attached.bytes < shown.held
    log.unfollow(reader)
    stream.store.detach(stream.id)


def an_ended_stream_is_forgotten(make: Factory) -> None:
    stream = CheckedStream(made(make, keep=1e-9), "writer")
    stream.decide(causes.complete("writer"))
    store = stream.store
    pause = threading.Event()
    for _ in range(int(TIMEOUT / 0.01)):
        store.sweep()
        if got(store.load(stream.id)) is None:
            return
        pause.wait(0.01)
    raise AssertionError("the stream was kept")


#: The checks. Each runs by itself.
STORE_CHECKS: tuple[Callable[[Factory], None], ...] = (
    it_can_be_used,
    unknown_streams_are_refused,
    a_commit_is_loaded_and_read,
    a_stale_commit_changes_nothing,
    a_stop_is_kept,
    a_stream_is_opened_once,
    each_version_is_won_once,
    frames_keep_their_order,
    traffic_is_counted,
    the_end_counts_what_came_before_it,
    nothing_follows_the_end,
    readers_are_woken_and_see_flags,
    an_attached_log_holds_what_the_store_held,
    what_is_sent_is_bounded,
    what_is_held_is_bounded,
    content_outlives_what_is_held,
    a_key_is_swapped_once,
    a_run_of_a_finalizer_is_begun_once,
    a_run_that_fails_is_followed_by_another,
    an_attempt_refuses_the_frames_of_the_one_before,
    the_progress_of_a_component_is_kept,
    a_stream_is_inspected,
    an_ended_stream_is_forgotten,
)


def check_store(make: Factory) -> None:
    """Check a store against the whole contract.

    Raises:
        AssertionError: The store breaks the contract.
    """
    for check in STORE_CHECKS:
        check(make)
