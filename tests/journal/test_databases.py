"""What each kind of database has to do with rows, and where they differ."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from pytest_django import Settings

from harness import databases
from harness.journaling import begun, kept
from harness.mariadb import MariaDB
from harness.waiting import until
from sse_pipeline import SSEHandler, journal
from sse_pipeline.admin.search import search_streams
from sse_pipeline.journal import rows
from sse_pipeline.journal.journal_writer import WriterOptions
from sse_pipeline.journal.upsert import write
from sse_pipeline.models import Intervention, Stream, StreamComponent, Transition

IMPATIENT = WriterOptions(gather=0.02, shortest_pause=0.05, longest_pause=0.1)


def stream_row(key: str, version: int, values: rows.DatabaseValues, **changes: Any) -> Any:
    """Make a row whose columns all follow from its version."""
    row = {
        "id": key, "version": version, "state": "errored", "reason": f"reason {version}",
        "owner": f"user:{version}", "process_id": values.key(str(uuid.UUID(int=version))),
        "opened_at": values.date(version), "ended_at": values.date(version),
        "components_total": version, "components_done": version, "frames": version,
        "bytes": version, "presumed": False, "trace_id": f"{version:032x}", **changes,
    }  # fmt: skip
    return tuple(row[name] for name in rows.STREAM_COLUMNS)


def component_row(key: str, name: str, version: int, values: rows.DatabaseValues) -> Any:
    row = {
        "stream_id": key, "name": name, "version": version, "position": version,
        "status": "failed", "required": True, "reason": f"reason {version}",
        "registered_at": values.date(version), "settled_at": values.date(version),
        "frames": version, "bytes": version, "summary": f"{version}",
    }  # fmt: skip
    return tuple(row[name] for name in rows.COMPONENT_COLUMNS)


@pytest.fixture
def connection(journaled: str) -> BaseDatabaseWrapper:
    return connections[journaled]


#: The version that is held, whether its end is presumed, the new version, and whether it replaces.
CASES = [
    (2, False, 1, False),
    (2, True, 1, False),
    (2, False, 2, False),
    (2, True, 2, True),
    (2, False, 3, True),
    (2, True, 3, True),
]


@pytest.mark.parametrize("together", [False, True])
def test_a_stream_is_replaced_as_a_whole_or_not_at_all(
    connection: BaseDatabaseWrapper, *, together: bool
) -> None:
    values, keys = rows.DatabaseValues(connection), [uuid.uuid4() for _ in CASES]
    first, second = [], []
    for stream_id, (held, presumed, new, _) in zip(keys, CASES, strict=True):
        key = values.key(str(stream_id))
        first.append(stream_row(key, held, values, presumed=presumed, owner="held"))
        second.append(stream_row(key, new, values, owner="new"))
    for batch in [[*first, *second]] if together else [first, second]:
        write(connection, rows.StreamRows(batch, [], []))
    for stream_id, (held, presumed, new, replaced) in zip(keys, CASES, strict=True):
        row, version = Stream.objects.get(pk=stream_id), new if replaced else held
        assert (row.version, row.owner) == (version, "new" if replaced else "held")
        assert row.presumed is (presumed and not replaced)
        assert {row.components_total, row.components_done, row.frames, row.bytes} == {version}
        assert (row.reason, row.process_id) == (f"reason {version}", uuid.UUID(int=version))
        assert row.ended_at == row.opened_at
        assert row.trace_id == f"{version:032x}"
        assert row.opened_at.timestamp() == version


def test_a_component_is_replaced_as_a_whole_or_not_at_all(connection: BaseDatabaseWrapper) -> None:
    values, key = rows.DatabaseValues(connection), uuid.uuid4()
    for version, expected in ((2, 2), (1, 2), (2, 2), (3, 3)):
        row = component_row(values.key(str(key)), "text", version, values)
        write(connection, rows.StreamRows([], [row], []))
        found = StreamComponent.objects.get()
        assert found.stream_id == key
        assert {found.version, found.position, found.frames, found.bytes} == {expected}
        assert (found.reason, found.summary) == (f"reason {expected}", f"{expected}")


def test_a_transition_is_never_rewritten(connection: BaseDatabaseWrapper) -> None:
    values = rows.DatabaseValues(connection)
    key = values.key(str(uuid.uuid4()))
    for reason in ("first", "second"):
        row = (key, 1, 0, values.date(1), "cancel", "", "streaming", "draining", reason, key)
        write(connection, rows.StreamRows([], [], [row]))
    assert Transition.objects.get().reason == "first"


NAMES = ["text", "Text", "TEXT"]


def test_names_that_look_alike_are_different_components(journaled: str) -> None:
    handler = SSEHandler(owner="tenant:é🎉", components=NAMES)
    for name in NAMES:
        handler.mark_component_complete(name, summary={"name": f"{name} 🎉"})
    assert kept(handler).owner == "tenant:é🎉"
    found = StreamComponent.objects.order_by("position").values_list("name", "summary")
    assert list(found) == [(name, f'{{"name":"{name} 🎉"}}') for name in NAMES]
    assert not Stream.objects.filter(owner="tenant:E🔥").exists()


def test_a_stream_is_found_by_the_beginning_of_its_id(db: None, journaled: str) -> None:
    handlers = begun(5)
    kept(handlers[-1])
    ids = [handler.stream_id for handler in handlers]
    for length in range(4, 33):
        beginning = ids[2].replace("-", "")[:length]
        wanted = {each for each in ids if each.replace("-", "").startswith(beginning)}
        for term in (beginning, beginning.upper(), f"{beginning[:8]}-{beginning[8:]}"):
            assert {str(row.pk) for row in search_streams(Stream.objects.all(), term)} == wanted


# MariaDB


@pytest.fixture
def on_mariadb(mariadb: MariaDB, settings: Settings, django_db_blocker: Any) -> Iterator[str]:
    """Keep the journal in MariaDB, without patience."""
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    with django_db_blocker.unblock(), databases.as_journal(mariadb.settings) as alias:
        journal.reset()
        journal.connect(IMPATIENT, in_tests=True)
        yield alias
        journal.disconnect()
        journal.reset()


def test_a_deadlock_costs_no_record(on_mariadb: str, caplog: pytest.LogCaptureFixture) -> None:
    handlers = sorted(begun(2), key=lambda handler: handler.stream_id)
    kept(handlers[0])
    kept(handlers[1])
    first, second = (Stream.objects.filter(pk=handler.stream_id) for handler in handlers)
    with transaction.atomic(on_mariadb):
        # The server ends the transaction that has changed less.
        Intervention.objects.bulk_create(
            [
                Intervention(
                    stream_id=uuid.uuid4(), username="ann", action="cancel", via="shell", taken=True
                )
                for _ in range(500)
            ]
        )
        second.update(bytes=1)
        for handler in handlers:
            handler.mark_component_complete("text")
        # The server looks anew only if nobody has asked for 0.1 s.
        until(lambda: waits_for_a_lock(on_mariadb), pause=0.15)
        first.update(bytes=1)
    assert journal.flush(20)
    assert "Deadlock" in caplog.text
    assert caplog.text.count("the journal can't be written") == 1
    assert [row.get().state for row in (first, second)] == ["complete", "complete"]
    assert journal.dropped() == 0


def waits_for_a_lock(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        )
        return bool(cursor.fetchone()[0])


@pytest.fixture(params=["PyMySQL", "mysqlclient"])
def driver(request: pytest.FixtureRequest) -> Iterator[str]:
    """Raise what a driver raises: one has an error of the data, the other one of the operation."""

    def translate(execute: Any, *arguments: Any) -> Any:
        try:
            return execute(*arguments)
        except DataError as error:
            raise OperationalError(*error.args) from error

    def listen(*, connection: Any, **_: Any) -> None:
        connection.execute_wrappers.append(translate)

    if request.param == "mysqlclient":
        connection_created.connect(listen)
    yield request.param
    connection_created.disconnect(listen)


@pytest.mark.usefixtures("driver")
def test_a_character_that_the_table_can_not_hold_costs_its_record_alone(
    on_mariadb: str, caplog: pytest.LogCaptureFixture
) -> None:
    table = "ALTER TABLE sse_pipeline_stream MODIFY owner VARCHAR(255) CHARACTER SET {}"
    with connections[on_mariadb].schema_editor() as editor:
        editor.execute(table.format("latin1"))
    try:
        fit, unfit = SSEHandler(owner="tenant:a"), SSEHandler(owner="tenant:🎉")
        for handler in (fit, unfit):
            handler.mark_complete()
        assert kept(fit).state == "complete"
        assert not Stream.objects.filter(pk=unfit.stream_id).exists()
        assert "does not fit into the journal" in caplog.text
    finally:
        with connections[on_mariadb].schema_editor() as editor:
            editor.execute(table.format("utf8mb4 COLLATE utf8mb4_nopad_bin"))


def test_a_value_that_is_too_long_is_an_error_and_is_not_cut(on_mariadb: str) -> None:
    connection = connections[on_mariadb]
    values = rows.DatabaseValues(connection)
    row = stream_row(values.key(str(uuid.uuid4())), 1, values, state="s" * 17)
    with pytest.raises(DataError, match="too long"):
        write(connection, rows.StreamRows([row], [], []))
