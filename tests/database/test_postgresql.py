"""The store on PostgreSQL: what other sessions, pools and administrators may do to it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections, transaction
from pytest_django import Settings

from harness import waiting
from harness.database_stores import ALIAS, STORE, StreamDatabase, added, installed
from harness.deaf_pool import deaf_pool
from sse_pipeline import SSEHandler
from sse_pipeline.lifecycle import causes
from sse_pipeline.stores import Store
from sse_pipeline.stores.database.database_tuning import DatabaseTuning
from sse_pipeline.stores.database.postgresql.functions import SETTINGS
from sse_pipeline.testing.runner import StreamsRunner
from sse_pipeline.testing.subject import CheckedStream, Factory, made, race, read, until

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

BATCH, STREAM = "sse_pipeline_database_batch", "sse_pipeline_database_stream"
#: A commit of a stream that is not known, up to its last argument.
COMMIT = "'none', 1, 2, '', '', 0, '{}', '{}', '', 1, 1, 1, '{}', '{}', false"
FUNCTIONS = ("append", "commit", "content", "fetch", "key", "load", "sweep", "trim")


@pytest.fixture
def administrator(database: StreamDatabase) -> Iterator[psycopg.Connection[Any]]:
    """A connection beside the store's."""
    with closing(psycopg.connect(database.address, autocommit=True)) as connection:
        yield connection


@pytest.fixture
def stream(database_stores_of: Factory) -> CheckedStream:
    return CheckedStream(made(database_stores_of), "writer")


def one(connection: psycopg.Connection[Any], statement: str, *arguments: object) -> Any:
    row = connection.execute(statement, arguments).fetchone()
    assert row is not None
    return row[0]


def tuned(make: Factory, alias: str, **numbers: Any) -> Store:
    tuning: Any = DatabaseTuning(**numbers)
    return made(lambda **options: make(**options, alias=alias, tuning=tuning))


def test_frames_are_only_added_and_update_no_row(
    stream: CheckedStream, administrator: psycopg.Connection[Any]
) -> None:
    place = f"SELECT ctid::text || xmin::text FROM {STREAM} WHERE id = %s"
    before = one(administrator, place, stream.id)
    for number in range(20):
        stream.append(str(number), "writer")
        stream.load()  # so that each is a batch
    assert one(administrator, place, stream.id) == before
    assert one(administrator, f"SELECT count(*) FROM {BATCH} WHERE stream = %s", stream.id) == 21
    updated = f"SELECT count(*) FROM {BATCH} WHERE stream = %s AND xmax <> 0"
    assert one(administrator, updated, stream.id) == 0


def test_each_function_steers_the_planner(administrator: psycopg.Connection[Any]) -> None:
    for function in FUNCTIONS:
        found = "SELECT proconfig FROM pg_proc WHERE proname = %s"
        settings = one(administrator, found, f"sse_pipeline_database_{function}")
        assert {*SETTINGS} == {*settings}


def test_a_function_that_has_lost_its_settings_is_found(
    database_stores_of: Factory,
    administrator: psycopg.Connection[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    function = "sse_pipeline_database_sweep"
    administrator.execute(f"ALTER FUNCTION {function} RESET enable_seqscan")
    try:
        made(database_stores_of).probe()
    finally:
        administrator.execute(f"ALTER FUNCTION {function} SET enable_seqscan = off")
    assert f"the function {function} has lost its settings (enable_seqscan=off)" in caplog.text


def test_an_append_does_not_wait_for_the_disk_and_an_end_does(
    stream: CheckedStream, administrator: psycopg.Connection[Any]
) -> None:
    administrator.autocommit = False
    steps = (
        ("append('p', 1, 1, '{}', '{}', '{}', '{}', '{}', '{}', '{}')", "off"),
        (f"commit('p', 1, {COMMIT}, false)", "off"),
        (f"commit('p', 1, {COMMIT}, true)", "on"),
    )
    for step, expected in steps:
        administrator.execute(f"SELECT * FROM sse_pipeline_database_{step}".encode())
        assert one(administrator, "SHOW synchronous_commit") == expected
        administrator.rollback()


def test_what_others_notify_is_looked_at_with_suspicion(
    stream: CheckedStream, administrator: psycopg.Connection[Any]
) -> None:
    log = stream.attach()
    for payload in ("", ",,!,", "no such stream", "x" * 7000, "\u00e9!", f"{stream.id}!,nonsense"):
        administrator.execute("SELECT pg_notify('sse_pipeline', %s)", (payload,))
    administrator.execute("SELECT pg_notify('of others', 'anything')")
    stream.append("afterwards", "writer")
    until(log, lambda: log.last == 3)
    stream.store.detach(stream.id)


def test_a_transaction_of_the_site_holds_nothing_back(
    stream: CheckedStream, database_stores_of: Factory
) -> None:
    other = CheckedStream(made(database_stores_of))
    other.id = stream.id
    log = other.attach()
    with pytest.raises(ArithmeticError), transaction.atomic(using=ALIAS):
        connections[ALIAS].cursor().execute("SELECT 1")
        stream.append("seen at once", "writer")
        until(log, lambda: log.last == 3)
        raise ArithmeticError
    assert len(stream.events(3)) == 3


def test_idle_connections_hold_no_snapshot_and_go_with_the_store(
    stream: CheckedStream, administrator: psycopg.Connection[Any]
) -> None:
    own = "FROM pg_stat_activity WHERE application_name = 'sse_pipeline'"
    stream.attach()
    waiting.until(lambda: one(administrator, f"SELECT count(*) {own}") == 3)
    held = f"{own} AND (backend_xmin IS NOT NULL OR state <> 'idle')"
    waiting.until(lambda: one(administrator, f"SELECT count(*) {held}") == 0)
    stream.store.close()
    waiting.until(lambda: one(administrator, f"SELECT count(*) {own}") == 0)


def test_without_bells_the_database_is_asked(
    stream: CheckedStream,
    database: StreamDatabase,
    database_stores_of: Factory,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Four writers commit out of order; a reader who asks for what is new misses none."""
    server = Path(database.settings["HOST"])
    settings = {**database.settings, "HOST": str(tmp_path)}
    with deaf_pool(server, tmp_path), added(StreamDatabase("postgresql", settings), "deaf"):
        deaf = CheckedStream(tuned(database_stores_of, "deaf", bell_test=0.2))
        deaf.id = stream.id
        log = deaf.attach()
        writers = [CheckedStream(made(database_stores_of)) for _ in range(4)]

        def write(number: int) -> None:
            writers[number].id = stream.id
            for index in range(100):
                writers[number].append(f"{number}:{index}", "writer")
            writers[number].load()

        race(4, write)
        stream.snapshot = stream.load()
        stream.decide(causes.complete("writer"))
        until(log, lambda: log.ended)
        deaf.store.close()
    chunks = [event.json()["chunk"] for event in read(log) if event.event == "text"]
    assert len(chunks) == 400
    for number in range(4):
        mine = [each for each in chunks if each.startswith(f"{number}:")]
        assert mine == [f"{number}:{index}" for index in range(100)]
    assert "no notification comes over this connection" in caplog.text


def test_a_test_run_lets_go_of_the_database_before_it_is_dropped(
    database: StreamDatabase, administrator: psycopg.Connection[Any], settings: Settings
) -> None:
    own = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sse_pipeline'"
    with installed():
        settings.SSE_PIPELINE = {"STORE": STORE}
        handler = SSEHandler(components=["text"])
        assert handler.snapshot().state == "streaming"
        assert one(administrator, own) > 0
        StreamsRunner(verbosity=0).teardown_databases([])
    waiting.until(lambda: one(administrator, own) == 0)
