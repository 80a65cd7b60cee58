"""The reaper closes the rows of streams that no process has any more; old rows are deleted."""

import datetime as dt
import logging

import pytest
from django.utils import timezone
from pytest_django import Settings

from harness.journaling import dead, kept, left_behind
from harness.stores import FailingStore
from sse_pipeline import SSEHandler, journal, stores
from sse_pipeline.journal import reaper, retention
from sse_pipeline.lifecycle.snapshot import Verdict
from sse_pipeline.models import Intervention, Process, Stream, StreamComponent, Transition
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.streams.watchdog import watchdog_of


@pytest.fixture
def failing_store(journaled: str, settings: Settings) -> FailingStore:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.FailingStore"}
    store = stores.current()
    assert isinstance(store, FailingStore)
    return store


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
    store = stores.current()
    assert isinstance(store, MemoryStore)
    store.forget(lost.stream_id)
    assert reaper.reap(journaled) == 1
    assert reaper.reap(journaled) == 0
    row = Stream.objects.get(pk=lost.stream_id)
    assert (row.state, row.reason, row.presumed) == ("errored", "producer_lost", True)
    component = StreamComponent.objects.get(stream=row)
    assert (component.status, component.reason) == ("lost", "producer_lost")
    assert Transition.objects.get(stream=row).trigger == "reap"
    for handler, state in ((still_open, "streaming"), (alive, "streaming"), (ended, "complete")):
        assert Stream.objects.get(pk=handler.stream_id).state == state


def test_rows_that_stay_open_do_not_keep_older_ones_from_their_turn(journaled: str) -> None:
    lost, still_open = (SSEHandler(components=["text"]) for _ in range(2))
    gone = dead(journaled)
    for handler in (lost, still_open):
        handler.send("text", chunk="hello")
        left_behind(handler, gone)
    store = stores.current()
    assert isinstance(store, MemoryStore)
    store.forget(lost.stream_id)
    assert reaper.reap(journaled, most=1) == 1


def test_a_presumed_end_is_the_last_sign_of_its_process(journaled: str) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    gone = dead(journaled)
    row = left_behind(handler, gone)
    Stream.objects.update(opened_at=gone.seen_at - dt.timedelta(seconds=9))
    stores.reset()
    assert reaper.reap(journaled) == 1
    row.refresh_from_db()
    component = StreamComponent.objects.get(stream=row)
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
    journaled: str, failing_store: FailingStore, caplog: pytest.LogCaptureFixture
) -> None:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="hello")
    left_behind(handler, dead(journaled))
    failing_store.failing = True
    assert reaper.reap(journaled) == 0
    assert "can't be asked" in caplog.text


def test_streams_that_nobody_works_on_are_held_to_their_bounds(journaled: str) -> None:
    watchdog_of(stores.current()).stop()  # as if no process had them
    handler = SSEHandler(components=["text"], deadline=1e-6)
    handler.send("text", chunk="hello")
    left_behind(handler, dead(journaled))
    assert reaper.reap(journaled) == 0
    assert handler.is_complete.is_set()
    row = kept(handler)
    assert (row.state, row.reason, row.presumed) == ("errored", "timeout", False)


def test_a_process_that_ends_asks_the_store_nothing(
    journaled: str, failing_store: FailingStore, caplog: pytest.LogCaptureFixture
) -> None:
    handler, lost = SSEHandler(components=["text"]), SSEHandler(components=["text"])
    handler.mark_component_complete("text")
    lost.send("text", chunk="hello")
    process = kept(handler).process
    left_behind(lost, dead(journaled))
    failing_store.failing = True  # and it would be logged
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


def test_what_is_too_old_is_deleted_with_all_that_belongs_to_it(journaled: str) -> None:
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
    assert retention.purge(9 * 86400, batch=2) == 5
    assert Stream.objects.count() == 10
    assert StreamComponent.objects.count() == 10
    assert Transition.objects.filter(stream__in=Stream.objects.filter(pk__in=ids)).count() == 0
    assert Intervention.objects.count() == 1
    assert not Process.objects.filter(pk=forgotten.pk).exists()
    assert Process.objects.count() == 1
