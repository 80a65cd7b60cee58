"""The journal: what it writes, what it survives, and what it says that it has lost."""

import datetime as dt
import logging
import os
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from harness import databases
from harness.postgresql import PostgreSQL
from harness.waiting import until
from sse_pipeline import SSEHandler, journal, signals, stores
from sse_pipeline.journal import heartbeat, listener, reaper, retention, rows, writer
from sse_pipeline.journal.backlog import Backlog, Record
from sse_pipeline.journal.upsert import write
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.snapshot import Snapshot, Verdict
from sse_pipeline.models import Component, Intervention, Process, Stream, Transition
from sse_pipeline.streams import watchdog
from sse_pipeline.streams.commits import change
from sse_pipeline.streams.plans import run


def kept(handler: SSEHandler) -> Stream:
    """Return a stream's row, once all is written."""
    assert journal.flush(10)
    return Stream.objects.get(pk=handler.stream_id)


def test_a_stream_is_written_down(journaled: str) -> None:
    handler = SSEHandler(owner="user:7", components=["text"])
    handler.register_component("speech", required=False)
    handler.send("text", component="text", chunk="hello")
    handler.mark_component_complete("text")
    row = kept(handler)
    assert (row.state, row.reason, row.owner, row.ended_at) == ("streaming", None, "user:7", None)
    assert (row.components_done, row.components_total, row.frames) == (1, 2, 1)
    handler.fail_component("speech", "broke")
    row = kept(handler)
    assert (row.state, row.reason) == ("complete", None)
    assert row.ended_at is not None
    assert row.ended_at >= row.opened_at
    assert abs(timezone.now() - row.opened_at) < dt.timedelta(seconds=30)
    text, speech = Component.objects.filter(stream=row)
    assert (text.name, text.status, text.frames, text.required) == ("text", "complete", 1, True)
    assert (speech.name, speech.status, speech.reason) == ("speech", "failed", "failed")
    steps = Transition.objects.filter(stream=row)
    columns = ("trigger", "component", "source", "dest")
    assert list(steps.values_list(*columns)) == [
        ("fail", "speech", "streaming", "draining"),
        ("finish", "", "draining", "complete"),
    ]
    assert row.process == Process.objects.get()
    assert row.process.pid == os.getpid()


def test_what_decided_the_end_is_told_though_the_state_stayed(journaled: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send_error("a secret of the reader", code="no_voice")
    handler.mark_complete()
    handler.cancel()
    run(change(stores.current(), handler.stream_id, causes.DRAIN_OVER), "")
    row = kept(handler)
    assert (row.state, row.reason) == ("errored", "error_reported")
    columns = ("trigger", "source", "dest", "reason")
    assert list(Transition.objects.filter(stream=row).values_list(*columns)) == [
        ("report_error", "streaming", "streaming", "no_voice"),
        ("mark_complete", "streaming", "draining", "error_reported"),
        ("cancel", "draining", "draining", "error_reported"),
        ("drain_over", "draining", "draining", "error_reported"),
        ("finish", "draining", "errored", "error_reported"),
    ]


def test_what_did_not_complete_is_told_and_the_end_has_the_verdict(journaled: str) -> None:
    columns = ("trigger", "component", "dest", "reason")
    good, bad = (SSEHandler(components=["text", "more"]) for _ in range(2))
    good.register_component("speech", required=False)
    good.fail_component("speech", "a secret")
    bad.fail_component("text", "a secret")
    for handler in (good, bad):
        handler.mark_component_complete("more")
    good.mark_component_complete("text")
    kept(bad)
    assert list(Transition.objects.filter(stream_id=good.stream_id).values_list(*columns)) == [
        ("fail", "speech", "streaming", "failed"),
        ("complete", "text", "draining", ""),
        ("finish", "", "complete", ""),
    ]
    assert list(Transition.objects.filter(stream_id=bad.stream_id).values_list(*columns)) == [
        ("fail", "text", "draining", "failed"),
        ("finish", "", "errored", "component_failed"),
    ]


def test_many_versions_of_a_stream_are_one_row_of_a_batch() -> None:
    snapshot = Snapshot(str(uuid.uuid4()))
    records = [
        Record(Snapshot(snapshot.stream_id, version=version), causes.OPEN, [], 1.0)
        for version in (1, 3, 2)
    ]
    batch = rows.of(records, uuid.uuid4(), rows.Dialect(connections["default"]))
    (row,) = batch.streams
    assert row[rows.STREAM.index("version")] == 3


def test_dates_are_as_django_has_them(journal_database: str) -> None:
    connection = connections[journal_database]
    dialect = rows.Dialect(connection)
    for moment in (
        dt.datetime(2026, 3, 29, 1, 59, 59, 999_999, dt.UTC),
        dt.datetime(2026, 3, 29, 1, 59, 59, 5, dt.UTC),
        dt.datetime(2026, 3, 29, 2, tzinfo=dt.UTC),
    ):
        expected = connection.ops.adapt_datetimefield_value(moment)
        assert str(dialect.date(moment.timestamp())) == str(expected)


def test_a_lower_version_never_replaces_a_higher_one(
    journal_database: str, settings: Settings
) -> None:
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    connection = connections[journal_database]
    dialect, process = rows.Dialect(connection), uuid.uuid4()
    handler = SSEHandler(components=["a", "b"])
    history: list[Snapshot] = []

    def listen(*, snapshot: Snapshot, **_: Any) -> None:
        history.append(snapshot)

    signals.stream_changed.connect(listen)
    handler.mark_component_complete("a")
    handler.fail_component("b", "broke")
    signals.stream_changed.disconnect(listen)
    for snapshot in (history[-1], history[0]):
        streams, components = rows.of_streams([snapshot], process, dialect)
        write(connection, rows.Rows(streams, components, []))
    row = Stream.objects.get(pk=history[0].stream_id)
    assert (row.version, row.state) == (history[-1].version, "errored")
    statuses = Component.objects.filter(stream=row).values_list("name", "status")
    assert list(statuses) == [("a", "complete"), ("b", "failed")]


def test_racing_threads_leave_the_last_state(journaled: str) -> None:
    handlers = [SSEHandler(components=["a", "b", "c"]) for _ in range(30)]
    barrier = threading.Barrier(3)

    def settle(name: str) -> None:
        barrier.wait(10)
        for handler in handlers:
            handler.mark_component_complete(name)

    threads = [threading.Thread(target=settle, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert journal.flush(10)
    found = Stream.objects.order_by().values_list("state", "components_done").distinct()
    assert list(found) == [("complete", 3)]
    assert Stream.objects.count() == 30
    assert Transition.objects.count() == 60


def test_the_journal_can_be_switched_off(journaled: str, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"JOURNAL": False}
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    assert journal.flush()
    assert not Stream.objects.exists()
    assert (journal.lag(), journal.dropped()) == (0.0, 0)


def test_the_end_of_the_process_writes_what_is_left(journaled: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    journal.reset()
    assert Stream.objects.get(pk=handler.stream_id).state == "complete"
    assert Process.objects.get().ended_at is not None


def test_a_full_backlog_drops_the_oldest_and_counts() -> None:
    backlog = Backlog(3)
    snapshots = [Snapshot("1", version=version) for version in range(5)]
    for snapshot in snapshots:
        backlog.put(Record(snapshot, causes.OPEN, [], 1.0))
    assert backlog.dropped == 2
    assert [record.snapshot.version for record in backlog.take(10)] == [2, 3, 4]
    assert backlog.take(10) is backlog.take(10)
    assert backlog.lag() > 1000
    backlog.done()
    assert (len(backlog), backlog.lag(), backlog.take(10)) == (0, 0.0, [])


def test_a_record_that_does_not_fit_costs_no_other(
    journaled: str, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = [SSEHandler(owner="user:1", components=["text"]) for _ in range(5)]
    handlers[0].mark_component_complete("text")
    unfit: Any = None
    listener.record(snapshot=Snapshot(str(uuid.uuid4())), cause=unfit, steps=[])
    for handler in handlers:
        handler.mark_component_complete("text")
    assert journal.flush(10)
    assert Stream.objects.filter(state="complete").count() == 5
    assert journal.dropped() == 1
    assert "a record does not fit into the journal" in caplog.text


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "BACK_OFF", (0.05, 0.1))
    monkeypatch.setattr(writer, "GATHER", 0.02)


def begun(count: int) -> list[SSEHandler]:
    """Open so many streams, and send their first frame."""
    handlers = [SSEHandler(components=["text"]) for _ in range(count)]
    for handler in handlers:
        handler.send("text", chunk="begun")
    return handlers


def finish(handlers: list[SSEHandler]) -> None:
    """Have each stream write its text and end, in a thread of its own."""

    def write(handler: SSEHandler) -> None:
        with handler.component("text") as text:
            for number in range(20):
                text.send("text", chunk=str(number))

    threads = [threading.Thread(target=write, args=(handler,)) for handler in handlers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)


@pytest.fixture
def stoppable(
    postgresql: PostgreSQL,
    settings: Settings,
    django_db_blocker: DjangoDbBlocker,
    impatient: None,
) -> Iterator[PostgreSQL]:
    """Keep the journal in a PostgreSQL that the test may stop, with a queue of 50 records."""
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    settings.SSE_PIPELINE = {"JOURNAL_QUEUE": 50}
    with django_db_blocker.unblock(), databases.as_journal(postgresql.settings):
        journal.connect()
        yield postgresql
        journal.disconnect()
        journal.reset()
        postgresql.start()


def test_a_database_that_is_stopped_while_100_streams_run(
    stoppable: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    open_all_along, *handlers = begun(101)
    assert journal.flush(10)
    lost_before = journal.dropped()
    connections[databases.ALIAS].close()
    stoppable.stop()
    open_all_along.send("text", chunk="hello")
    finish(handlers)
    assert all(handler.snapshot().state == "complete" for handler in handlers)
    assert until(journal.dropped) > lost_before
    assert journal.lag() > 0
    until(lambda: "the journal can't be written" in caplog.text)
    stoppable.start()
    until(lambda: "the journal is written again after" in caplog.text, 30)
    lost = journal.dropped()
    assert f"{lost - lost_before} records were lost" in caplog.text
    assert caplog.text.count("the journal can't be written") == 1
    assert until(lambda: Process.objects.get().dropped) == lost
    (after,) = begun(1)
    after.mark_component_complete("text")
    assert kept(after).state == "complete"
    assert Stream.objects.filter(state="complete").count() == 101
    (still_open,) = Stream.objects.filter(ended_at=None)
    assert str(still_open.pk) == open_all_along.stream_id


def test_a_stream_whose_end_was_lost_is_closed_as_unrecorded(
    stoppable: PostgreSQL, settings: Settings
) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    assert kept(handler).state == "streaming"
    signals.stream_changed.disconnect(listener.record)
    handler.mark_component_complete("text")
    stores.reset()
    listener._keeper.make().backlog.lose(1)
    journal.connect()
    SSEHandler(components=["text"]).register_component("other")
    row = until(lambda: Stream.objects.filter(pk=handler.stream_id, presumed=True).first())
    assert row is not None
    assert (row.state, row.reason) == ("errored", "unrecorded")
    assert Component.objects.get(stream=row).status == "lost"


def test_without_migrations_it_says_so_once_and_no_stream_is_harmed(
    journaled: str, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connections[journaled]
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE sse_pipeline_stream RENAME TO elsewhere")
    try:
        handler = SSEHandler(components=["text"])
        handler.mark_component_complete("text")
        assert handler.is_complete.is_set()
        until(lambda: "manage.py migrate" in caplog.text)
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE elsewhere RENAME TO sse_pipeline_stream")
    assert journal.flush(20)
    assert caplog.text.count("manage.py migrate") == 1
    assert kept(handler).state == "complete"


def test_a_slow_database_never_touches_a_stream(
    journaled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, go_on = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        stuck.set()
        go_on.wait(20)

    monkeypatch.setattr(writer, "write", hang)
    SSEHandler(components=["text"]).register_component("other")
    assert stuck.wait(10)
    handlers = begun(10)
    finish(handlers)
    assert all(handler.is_complete.is_set() for handler in handlers)
    assert not journal.flush(0.01)
    go_on.set()


def test_a_database_in_memory_is_no_journal(db: None) -> None:
    journal.connect()
    try:
        handler = SSEHandler(components=["text"])
        handler.mark_component_complete("text")
        assert journal.flush(10)
        assert journal.dropped() == 0
    finally:
        journal.disconnect()
        journal.reset()
    assert not Stream.objects.exists()


def dead(database: str, **changes: Any) -> Process:
    """Leave what a process leaves that is gone: a stale heartbeat."""
    long_ago = timezone.now() - dt.timedelta(seconds=2 * heartbeat.STALE)
    row = {"host": "elsewhere", "pid": 1, "started_at": long_ago, "seen_at": long_ago, **changes}
    return Process.objects.create(**row)


def left_behind(handler: SSEHandler, process: Process) -> Stream:
    """Have a stream's row belong to another process."""
    kept(handler)
    Stream.objects.filter(pk=handler.stream_id).update(process=process)
    return Stream.objects.get(pk=handler.stream_id)


def test_the_streams_of_a_dead_process_are_closed_and_no_others(journaled: str) -> None:
    lost, still_open, alive, ended = (SSEHandler(components=["text"]) for _ in range(4))
    for handler in (lost, still_open, alive):
        handler.send("text", chunk="hello")
    ended.mark_component_complete("text")
    gone = dead(journaled)
    left_behind(lost, gone)
    left_behind(still_open, gone)
    left_behind(ended, gone)
    kept(alive)
    store: Any = stores.current()
    del store._entries[lost.stream_id]
    assert reaper.reap(journaled) == 1
    assert reaper.reap(journaled) == 0
    row = Stream.objects.get(pk=lost.stream_id)
    assert (row.state, row.reason, row.presumed) == ("errored", "producer_lost", True)
    component = Component.objects.get(stream=row)
    assert (component.status, component.reason) == ("lost", "producer_lost")
    assert Transition.objects.get(stream=row).trigger == "reap"
    for handler, state in ((still_open, "streaming"), (alive, "streaming"), (ended, "complete")):
        assert Stream.objects.get(pk=handler.stream_id).state == state


def test_a_presumed_end_is_the_last_sign_of_its_process(journaled: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    gone = dead(journaled)
    row = left_behind(handler, gone)
    Stream.objects.update(opened_at=gone.seen_at - dt.timedelta(seconds=9))
    stores.reset()
    assert reaper.reap(journaled) == 1
    row.refresh_from_db()
    component = Component.objects.get(stream=row)
    assert row.ended_at == gone.seen_at
    assert component.settled_at == component.registered_at  # which was later


def test_a_process_that_ended_is_not_waited_for(journaled: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    now = timezone.now()
    left_behind(handler, dead(journaled, seen_at=now, ended_at=now))
    stores.reset()
    assert reaper.reap(journaled) == 1


def test_a_store_that_can_not_be_asked_leaves_them_open(
    journaled: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    left_behind(handler, dead(journaled))

    def fail(_: str) -> None:
        raise OSError("no store")

    monkeypatch.setattr(stores.current(), "load", fail)
    assert reaper.reap(journaled) == 0
    assert "can't be asked" in caplog.text


def test_streams_that_nobody_works_on_are_held_to_their_bounds(
    journaled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog.Watchdog, "watch", lambda *_: None)  # as if nobody did
    handler = SSEHandler(components=["text"], deadline=1e-6)
    handler.send("text", chunk="hello")
    left_behind(handler, dead(journaled))
    assert reaper.reap(journaled) == 0
    assert handler.is_complete.is_set()
    row = kept(handler)
    assert (row.state, row.reason, row.presumed) == ("errored", "timeout", False)


def test_a_process_that_ends_asks_the_store_nothing(
    journaled: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handler = SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    process = kept(handler).process
    monkeypatch.delattr(reaper, "reap")
    journal.reset()
    process.refresh_from_db()
    assert process.ended_at is not None
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_a_process_that_was_only_thought_dead_takes_its_stream_back(journaled: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    row = kept(handler)
    assert reaper.close(journaled, row, Verdict.PRODUCER_LOST)
    assert not reaper.close(journaled, row, Verdict.PRODUCER_LOST)
    handler.mark_component_complete("text")
    row = kept(handler)
    assert (row.state, row.reason, row.presumed) == ("complete", None, False)


def test_what_is_too_old_is_deleted_with_all_that_belongs_to_it(
    journaled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PIECE", 2)
    old, new, going_on = ([SSEHandler(components=["text"]) for _ in range(5)] for _ in range(3))
    for handler in [*old, *new]:
        handler.mark_component_complete("text")
    for handler in going_on:
        handler.send("text", chunk="hello")
    kept(going_on[-1])
    before = timezone.now() - dt.timedelta(days=10)
    ids = [handler.stream_id for handler in [*old, *going_on]]
    Stream.objects.filter(pk__in=ids).update(opened_at=before)
    Intervention.objects.create(stream_id=old[0].stream_id, taken=True)
    forgotten = dead(journaled, seen_at=before)
    assert retention.purge(9 * 86400) == 5
    assert Stream.objects.count() == 10
    assert Component.objects.count() == 10
    assert Transition.objects.filter(stream__in=Stream.objects.filter(pk__in=ids)).count() == 0
    assert Intervention.objects.count() == 1
    assert not Process.objects.filter(pk=forgotten.pk).exists()
    assert Process.objects.count() == 1


def test_a_forked_child_keeps_a_journal_of_its_own(journaled: str) -> None:
    kept_before = SSEHandler(components=["text"])
    kept_before.mark_component_complete("text")
    kept(kept_before)
    connections[journaled].close()
    child = os.fork()
    if not child:
        status = 1
        try:
            handler = SSEHandler(components=["text"])
            handler.mark_component_complete("text")
            status = 0 if journal.flush(10) else 2
            journal.reset()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert Stream.objects.filter(state="complete").count() == 2
    assert set(Process.objects.values_list("pid", flat=True)) == {os.getpid(), child}
