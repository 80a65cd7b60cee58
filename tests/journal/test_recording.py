"""The rows that the journal writes of streams."""

import datetime as dt
import os
import threading

from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from harness import databases
from harness.journaling import kept
from sse_pipeline import SSEHandler, journal
from sse_pipeline.lifecycle import causes
from sse_pipeline.models import Process, Stream, StreamComponent, Transition
from sse_pipeline.streams.operations import StreamOperations
from sse_pipeline.streams.plans import run


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
    text, speech = StreamComponent.objects.filter(stream=row)
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
    run(StreamOperations(handler.stream_id).change(causes.DRAIN_OVER), "")
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


def test_a_database_in_memory_is_no_journal(settings: Settings) -> None:
    settings.DATABASE_ROUTERS = ["harness.databases.ToTheJournal"]
    with databases.in_memory():
        journal.connect(in_tests=True)
        try:
            handler = SSEHandler(components=["text"])
            handler.mark_component_complete("text")
            assert journal.flush(10)
            assert journal.dropped() == 0  # it has no tables: a row would be lost
        finally:
            journal.disconnect()
            journal.reset()


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
