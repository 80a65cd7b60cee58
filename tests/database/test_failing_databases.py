"""What becomes of frames and commits while a database fails: nothing is lost, doubled or moved."""

import itertools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from harness import waiting
from harness.database_stores import STORE, StreamDatabase
from harness.postgresql import PostgreSQL
from harness.producers import Producer, producers
from sse_pipeline import SSEHandler
from sse_pipeline.decoder import Decoder, Event
from sse_pipeline.exceptions import StreamUnreadable
from sse_pipeline.frames import Frame, encode
from sse_pipeline.stores.database.database_tuning import DatabaseTuning
from sse_pipeline.testing import STORE_CHECKS
from sse_pipeline.testing.subject import CheckedStream, Factory, got, made

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

#: `SSE_KILLS=150` kills as many.
KILLS = int(os.environ.get("SSE_KILLS", "30"))
OWN = "FROM pg_stat_activity WHERE application_name = 'sse_pipeline'"
STREAM = "sse_pipeline_database_stream"


@contextmanager
def administrator(database: StreamDatabase) -> Iterator[psycopg.Connection[Any]]:
    with closing(psycopg.connect(database.address, autocommit=True)) as connection:
        yield connection


def events_of(stream: str) -> list[Event]:
    """Return the events of a stream to its end."""
    return list(Decoder().feed(b"".join(SSEHandler.attach(stream))))


def assert_ids(events: list[Event]) -> None:
    assert [int(event.id or 0) for event in events] == list(range(1, len(events) + 1))


@pytest.fixture(scope="module")
def four(database: StreamDatabase) -> Iterator[list[Producer]]:
    """Run four processes that share the store."""
    with producers("database", 4, DJANGO_DATABASE=database.address, lease="30") as several:
        yield several


@on_postgresql
def test_backends_are_killed_while_four_processes_write(
    database: StreamDatabase, four: list[Producer], settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": STORE}
    names, killed, sent = [f"c{number}" for number in range(4)], 0, 0
    with administrator(database) as connection:
        stream = four[0]("open", names)
        for sent in itertools.count(20, 20):
            for each, name in zip(four, names, strict=True):
                each.start("blast", stream, name, sent - 20, 20)
            found = connection.execute(
                f"SELECT pg_terminate_backend(pid) FROM (SELECT pid {OWN} LIMIT 3) AS one"
            ).fetchall()
            killed += len(found)
            for each in four:
                each.answer()
            if killed >= KILLS:
                break
        for each, name in zip(four, names, strict=True):
            assert each("complete", stream, name)
        events = events_of(stream)
    assert_ids(events)
    for name in names:
        assert events[-1].json()["components"][name]["frames"] == sent
    texts = [event.json()["chunk"] for event in events if event.event == "text"]
    assert sorted(texts) == sorted([*range(sent)] * 4)
    assert events[-1].event == "complete"


@on_postgresql
def test_64_commits_race_in_four_processes(
    database: StreamDatabase, four: list[Producer], settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": STORE}
    stream = four[0]("open", ["first"])
    for number in range(64):
        four[number % 4].start("register", stream, f"c{number}")
    for number in range(64):
        four[number % 4].answer()
    assert SSEHandler.attach(stream).snapshot().version == 65
    for number in range(64):
        four[number % 4].start("complete", stream, f"c{number}")
    assert all(four[number % 4].answer() for number in range(64))
    assert four[0]("complete", stream, "first")
    events = events_of(stream)
    assert_ids(events)
    assert len(events) == 2 * 65 + 2


@on_postgresql
def test_a_fork_leaves_the_connections_to_its_parent(
    four: list[Producer], settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": STORE}
    stream = four[0]("open", ["text", "speech"])
    four[0]("send", stream, "text", 1)
    four[0]("ledger", stream)
    assert four[0]("fork", stream, "text") == 0
    four[0]("send", stream, "speech", 2)
    assert four[0]("complete", stream, "speech")
    chunks = [each.json()["chunk"] for each in events_of(stream) if each.event == "text"]
    assert chunks == [1, "of the child", 2]


@contextmanager
def lock_of(database: StreamDatabase, stream: str) -> Iterator[None]:
    """Hold the lock that a step on the stream needs."""
    if database.kind == "sqlite":
        file = Path(database.settings["NAME"]).with_name("site.streams.sqlite3")
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
    else:
        with administrator(database) as other, other.transaction():
            other.execute(f"SELECT FROM {STREAM} WHERE id = %s FOR UPDATE", (stream,))
            yield


@contextmanager
def full_disk(database: StreamDatabase, stream: str) -> Iterator[None]:
    """Refuse each batch, as a server does that has no room for it."""
    with administrator(database) as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON sse_pipeline_database_batch"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            connection.execute("DROP FUNCTION refuse CASCADE")


def assert_overcome(
    make: Factory, fault: AbstractContextManager[None], stream: CheckedStream, log: Any
) -> None:
    """Write through a fault, and check that all of it arrives once."""
    tuning: Any = DatabaseTuning(answer_timeout=0.2, first_pause=0.02, longest_pause=0.1)
    hasty = CheckedStream(made(lambda **options: make(**options, tuning=tuning)))
    hasty.id = stream.id
    hasty.append("before", "writer")
    hasty.load()
    with fault:
        hasty.store.append(stream.id, Frame(encode("text", {"chunk": "during"}), "writer"))
        waiting.until(lambda: "the store can't be used" in log.text)
    hasty.append("after", "writer")
    hasty.load()
    chunks = [event.json()["chunk"] for event in stream.events(5)[2:]]
    assert chunks == ["before", "during", "after"]


def test_a_lock_is_held_for_longer_than_an_answer_may_take(
    database: StreamDatabase, database_stores_of: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    stream = CheckedStream(made(database_stores_of), "writer")
    assert_overcome(database_stores_of, lock_of(database, stream.id), stream, caplog)


@on_postgresql
def test_the_disk_is_full(
    database: StreamDatabase, database_stores_of: Factory, caplog: pytest.LogCaptureFixture
) -> None:
    stream = CheckedStream(made(database_stores_of), "writer")
    assert_overcome(database_stores_of, full_disk(database, stream.id), stream, caplog)


@contextmanager
def stopped(server: PostgreSQL) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


@on_postgresql
def test_the_server_is_stopped_and_comes_back(
    database: StreamDatabase,
    database_stores_of: Factory,
    postgresql: PostgreSQL,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = CheckedStream(made(database_stores_of), "writer")
    stream.attach()
    assert_overcome(database_stores_of, stopped(postgresql), stream, caplog)


@on_postgresql
def test_transactions_are_serializable_by_default(
    database: StreamDatabase, database_stores_of: Factory
) -> None:
    with administrator(database) as connection:
        connection.execute("ALTER ROLE postgres SET default_transaction_isolation = serializable")
        try:
            for check in STORE_CHECKS:
                if check.__name__ in {"each_version_is_won_once", "frames_keep_their_order"}:
                    check(database_stores_of)
        finally:
            connection.execute("ALTER ROLE postgres RESET default_transaction_isolation")


def test_a_broken_record_concerns_its_stream_alone(
    database: StreamDatabase, database_stores_of: Factory
) -> None:
    store = made(database_stores_of)
    broken, sound = CheckedStream(store, "writer"), CheckedStream(store, "writer")
    if database.kind == "sqlite":
        file = Path(database.settings["NAME"]).with_name("site.streams.sqlite3")
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("UPDATE stream SET snapshot = 'x' WHERE id = ?", (broken.id,))
    else:
        with administrator(database) as connection_:
            connection_.execute(f"UPDATE {STREAM} SET snapshot = 'x' WHERE id = %s", (broken.id,))
    with pytest.raises(StreamUnreadable):
        got(store.load(broken.id))
    sound.append("goes on", "writer")
    assert len(sound.events(3)) == 3
