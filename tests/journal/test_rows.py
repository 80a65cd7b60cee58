"""The rows of records, and the backlog in which records wait."""

import datetime as dt
import uuid
from typing import Any

from django.db import connections
from pytest_django import Settings

from sse_pipeline import SSEHandler, signals
from sse_pipeline.access.audit_entry import AuditEntry
from sse_pipeline.journal import rows
from sse_pipeline.journal.backlog import Backlog, Record
from sse_pipeline.journal.upsert import write
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.models import Intervention, Stream, StreamComponent


def test_many_versions_of_a_stream_are_one_row_of_a_batch() -> None:
    snapshot = Snapshot(str(uuid.uuid4()))
    records = [
        Record(Snapshot(snapshot.stream_id, version=version), causes.OPEN, [], 1.0)
        for version in (1, 3, 2)
    ]
    batch = rows.rows_of_records(records, uuid.uuid4(), rows.DatabaseValues(connections["default"]))
    (row,) = batch.streams
    assert row[rows.STREAM_COLUMNS.index("version")] == 3


def test_dates_are_as_django_has_them(journal_database: str) -> None:
    connection = connections[journal_database]
    values = rows.DatabaseValues(connection)
    for moment in (
        dt.datetime(2026, 3, 29, 1, 59, 59, 999_999, dt.UTC),
        dt.datetime(2026, 3, 29, 1, 59, 59, 5, dt.UTC),
        dt.datetime(2026, 3, 29, 2, tzinfo=dt.UTC),
    ):
        expected = connection.ops.adapt_datetimefield_value(moment)
        assert str(values.date(moment.timestamp())) == str(expected)


def test_a_lower_version_never_replaces_a_higher_one(
    journal_database: str, settings: Settings
) -> None:
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    connection = connections[journal_database]
    values, process = rows.DatabaseValues(connection), uuid.uuid4()
    handler = SSEHandler(components=["a", "b"])
    history: list[Snapshot] = []

    def listen(*, snapshot: Snapshot, **_: Any) -> None:
        history.append(snapshot)

    signals.stream_changed.connect(listen)
    handler.mark_component_complete("a")
    handler.fail_component("b", "broke")
    signals.stream_changed.disconnect(listen)
    for snapshot in (history[-1], history[0]):
        streams, components = rows.rows_of_streams([snapshot], process, values)
        write(connection, rows.StreamRows(streams, components, []))
    row = Stream.objects.get(pk=history[0].stream_id)
    assert (row.version, row.state) == (history[-1].version, "errored")
    statuses = StreamComponent.objects.filter(stream=row).values_list("name", "status")
    assert list(statuses) == [("a", "complete"), ("b", "failed")]


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


ACTING = "\x00\x1b[2J\x9b\u2028\u202e\n"


def test_what_others_wrote_is_escaped_and_kept_by_every_database(
    journal_database: str, settings: Settings
) -> None:
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    connection = connections[journal_database]
    records: list[Record] = []

    def listen(*, snapshot: Snapshot, cause: Any, steps: Any, **_: Any) -> None:
        records.append(Record(snapshot, cause, list(steps), 1.0))

    signals.stream_changed.connect(listen)
    handler = SSEHandler(owner=f"user:{ACTING}", components=["a"])
    handler.send_error("no", component=f"{ACTING}{'x' * 300}", code=ACTING, fatal=False)
    signals.stream_changed.disconnect(listen)
    batch = rows.rows_of_records(records, uuid.uuid4(), rows.DatabaseValues(connection))
    write(connection, batch)
    row = Stream.objects.get(pk=handler.stream_id)
    assert row.owner == r"user:\x00\x1b[2J\x9b\u2028\u202e\n"
    transition = row.transitions.get(trigger="report_error")
    assert transition.reason == r"\x00\x1b[2J\x9b\u2028\u202e\n"
    assert transition.component.startswith(r"\x00\x1b[2J")
    assert len(transition.component) == 100


def test_an_action_of_the_staff_is_written_down_whatever_the_reason(
    journal_database: str, settings: Settings
) -> None:
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    stream_id = str(uuid.uuid4())
    reason = f"{ACTING}\ud800{'x' * 300}"
    entry = AuditEntry(stream_id, f"ann{ACTING}", "cancel", reason, "http", component=ACTING)
    entry.begin()
    entry.end(taken=True)
    row = Intervention.objects.get(stream_id=stream_id)
    assert row.taken
    assert row.username == r"ann\x00\x1b[2J\x9b\u2028\u202e\n"
    assert row.reason.startswith(r"\x00\x1b[2J\x9b\u2028\u202e\n\ud800xxx")
    assert len(row.reason) == 255
