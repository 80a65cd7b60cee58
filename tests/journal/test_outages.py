"""The journal survives what its database does, and says what it has lost."""

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.signals import connection_created
from pytest_django import DjangoDbBlocker, Settings

from harness import databases
from harness.journaling import begun, finish, kept
from harness.mariadb import MariaDB
from harness.postgresql import PostgreSQL
from harness.waiting import until
from sse_pipeline import SSEHandler, journal, signals, stores
from sse_pipeline.journal.journal_writer import WriterOptions
from sse_pipeline.journal.recorder import recorder
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.models import Process, Stream, StreamComponent

pytestmark = pytest.mark.processes


def test_a_record_that_does_not_fit_costs_no_other(
    journaled: str, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = [SSEHandler(owner="user:1", components=["text"]) for _ in range(5)]
    handlers[0].mark_component_complete("text")
    unfit: Any = None
    snapshot = Snapshot(str(uuid.uuid4()))
    signals.stream_changed.send(Snapshot, snapshot=snapshot, cause=unfit, steps=[])
    for handler in handlers:
        handler.mark_component_complete("text")
    assert journal.flush(10)
    assert Stream.objects.filter(state="complete").count() == 5
    assert journal.dropped() == 1
    assert "a record does not fit into the journal" in caplog.text


IMPATIENT = WriterOptions(gather=0.02, shortest_pause=0.05, longest_pause=0.1)


@pytest.fixture(params=["postgresql", "mariadb"])
def stoppable(
    request: pytest.FixtureRequest, settings: Settings, django_db_blocker: DjangoDbBlocker
) -> Iterator[PostgreSQL | MariaDB]:
    """Keep the journal in a server that the test may stop, with a queue of 50 records."""
    server: PostgreSQL | MariaDB = request.getfixturevalue(request.param)
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    settings.SSE_PIPELINE = {"JOURNAL_QUEUE": 50}
    with django_db_blocker.unblock(), databases.as_journal(server.settings):
        journal.reset()  # an earlier test may have left a writer with other options
        journal.connect(IMPATIENT, in_tests=True)
        yield server
        journal.disconnect()
        journal.reset()
        server.start()


def test_a_database_that_is_stopped_while_100_streams_run(
    stoppable: PostgreSQL | MariaDB, caplog: pytest.LogCaptureFixture
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
    stoppable: PostgreSQL | MariaDB, settings: Settings
) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    assert kept(handler).state == "streaming"
    journal.disconnect()
    handler.mark_component_complete("text")
    stores.reset()
    assert recorder.writer is not None
    recorder.writer.backlog.count_dropped(1)
    journal.connect(IMPATIENT, in_tests=True)
    SSEHandler(components=["text"]).register_component("other")
    row = until(lambda: Stream.objects.filter(pk=handler.stream_id, presumed=True).first())
    assert row is not None
    assert (row.state, row.reason) == ("errored", "unrecorded")
    assert StreamComponent.objects.get(stream=row).status == "lost"


def test_without_migrations_it_says_so_once_and_no_stream_is_harmed(
    journaled: str, caplog: pytest.LogCaptureFixture
) -> None:
    journal.connect(IMPATIENT, in_tests=True)
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


def test_a_slow_database_never_touches_a_stream(journaled: str) -> None:
    stuck, go_on = threading.Event(), threading.Event()

    def hang(execute: Any, sql: str, *arguments: Any) -> Any:
        if "sse_pipeline_stream" in sql:
            stuck.set()
            go_on.wait(20)
        return execute(sql, *arguments)

    def listen(*, connection: Any, **_: Any) -> None:
        if threading.current_thread().name == "sse-journal":
            connection.execute_wrappers.append(hang)

    connection_created.connect(listen)
    SSEHandler(components=["text"]).register_component("other")
    assert stuck.wait(10)
    handlers = begun(10)
    finish(handlers)
    assert all(handler.is_complete.is_set() for handler in handlers)
    assert not journal.flush(0.01)
    connection_created.disconnect(listen)
    go_on.set()
    assert journal.flush(10)
    assert Stream.objects.filter(state="complete").count() == 10
