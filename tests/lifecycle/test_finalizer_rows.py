"""The rows of the table for finalizers, and the bounds of their runs."""

from dataclasses import replace

import pytest

from harness.snapshots import NOW, D, S, frames
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.deadlines import due_at, overdue, ready_finalizer
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.finalizer import Finalizer
from sse_pipeline.lifecycle.registry import Component, Registry, Status
from sse_pipeline.lifecycle.snapshot import Snapshot, Verdict
from sse_pipeline.lifecycle.status import waiting_for
from sse_pipeline.lifecycle.traffic import Tally, Traffic

FINALIZER = Finalizer("save", limit=60.0, pause=2.0)


def opened(required: bool = True, attempts: int = 3) -> Snapshot:
    """Return a stream with a text and a finalizer."""
    save = Component("save", required, attempts=attempts, finalizer=FINALIZER)
    registry = Registry().put(save, Component("text"))
    return decide(Snapshot("id", registry=registry), causes.OPEN, NOW).snapshot


def after(stream: Snapshot, *asked: Cause, now: float = NOW) -> Snapshot:
    for cause in asked:
        stream = decide(stream, cause, now).snapshot
    return stream


def begun(attempt: int = 1, **options: bool | int) -> Snapshot:
    """Return a stream whose finalizer runs."""
    stream = after(opened(**options), causes.complete("text"))  # type: ignore[arg-type]
    return after(stream, causes.begin("save", attempt))


def test_the_last_producer_leaves_the_stream_to_the_finalizer() -> None:
    outcome = decide(opened(), causes.complete("text"), NOW)
    stream = outcome.snapshot
    assert [event.event for event in frames(outcome.frames)] == ["component", "draining"]
    assert (stream.state, stream.finalize_by, stream.cancelled) == (D, NOW + 300, False)
    ready = ready_finalizer(stream, NOW)
    assert ready is not None
    assert ready.name == "save"
    assert overdue(stream, NOW + 299) is None
    assert overdue(stream, NOW + 300) == causes.DRAIN_OVER


def test_a_finalizer_alone_keeps_the_stream_open_and_does_not_run() -> None:
    stream = decide(
        Snapshot("id"), causes.register(Component("save", finalizer=FINALIZER)), NOW
    ).snapshot
    assert (stream.state, ready_finalizer(stream, NOW)) == (S, None)
    assert due_at(stream) == NOW + 1800
    assert overdue(stream, NOW) is None
    closed = after(stream, causes.MARK_COMPLETE)
    assert ready_finalizer(closed, NOW) is not None


def test_what_a_release_without_finalizers_left_behind_is_found() -> None:
    """It settles the last producer, and does not know that this decides anything."""
    stream = opened()
    text = replace(stream.registry.components["text"], status=Status.COMPLETE)
    left = replace(stream, registry=stream.registry.put(text))
    assert due_at(left) <= NOW
    assert overdue(left, NOW) == causes.FINALIZE
    stream = after(left, causes.FINALIZE)
    assert (stream.state, ready_finalizer(stream, NOW)) == (D, stream.registry.get("save"))


def test_a_run_has_a_lease_and_a_number() -> None:
    stream = begun()
    assert due_at(stream) == NOW + 60
    assert ready_finalizer(stream, NOW + 1) is None
    assert overdue(stream, NOW + 59) is None
    late = overdue(stream, NOW + 60)
    assert late is not None
    assert (late.trigger, late.status, late.attempt) == ("fail", Status.TIMED_OUT, 1)
    again = after(stream, late, now=NOW + 60)
    assert ready_finalizer(again, NOW + 61.9) is None
    assert due_at(again) == NOW + 62
    ready = ready_finalizer(again, NOW + 62)
    assert ready is not None
    assert ready.attempt == 2
    stale = decide(again, causes.complete("save", attempt=1), NOW + 63)
    assert (stale.taken, stale.snapshot) == (False, again)
    assert not decide(again, causes.begin("save", 1), NOW + 63).taken
    assert decide(again, causes.begin("save", 2), NOW + 63).taken


def test_a_pause_doubles() -> None:
    stream = begun()
    pauses = []
    for attempt in (1, 2):
        stream = after(stream, causes.fail("save", attempt=attempt))
        finalizer = stream.registry.components["save"].finalizer
        assert finalizer is not None
        pauses.append(finalizer.not_before - NOW)
        stream = after(stream, causes.begin("save", attempt + 1), now=NOW + 100)
    assert pauses == [2, 4]


def test_a_process_that_is_lost_loses_its_run() -> None:
    stream = replace(begun(), traffic=Traffic(components={"save": Tally(owner="p", lost=True)}))
    lost = overdue(stream, NOW)
    assert lost is not None
    assert (lost.status, lost.attempt) == (Status.LOST, 1)
    waiting = replace(opened(), traffic=stream.traffic)  # of a run there is none
    assert overdue(waiting, NOW) is None


@pytest.mark.parametrize(
    ("cause", "end"),
    [
        (causes.complete("save", attempt=1), "complete"),
        (causes.fail("save", attempt=1), "errored"),
        (causes.abort(Verdict.SHUTDOWN), "errored"),
        (causes.DRAIN_OVER, "errored"),
        (causes.CANCEL, "draining"),
        (causes.abort(Verdict.OVERFLOW), "draining"),
        (causes.report_error("late"), "draining"),
        (causes.complete("save"), "draining"),
    ],
)
def test_what_decides_when_the_finalizer_runs(cause: Cause, end: str) -> None:
    assert decide(begun(attempts=1), cause, NOW).snapshot.state == end


def test_an_optional_finalizer_decides_nothing() -> None:
    for cause in (causes.fail("save", attempt=1), causes.DRAIN_OVER):
        assert decide(begun(required=False, attempts=1), cause, NOW).snapshot.state == "complete"


@pytest.mark.parametrize("verdict", [Verdict.TIMEOUT, Verdict.OVERFLOW])
def test_a_bound_of_the_stream_leaves_its_finalizers_their_time(verdict: Verdict) -> None:
    outcome = decide(opened(), causes.abort(verdict), NOW)
    stream = outcome.snapshot
    told = [event.event for event in frames(outcome.frames)]
    assert told == ["component", "draining"]
    assert (stream.verdict, due_at(stream)) == (verdict, 0.0)  # the finalizer is ready
    assert overdue(stream, NOW + 300) == causes.DRAIN_OVER
    assert overdue(stream, NOW + 299) is None


def test_a_shutdown_leaves_no_time() -> None:
    assert after(opened(), causes.abort(Verdict.SHUTDOWN)).ledger()["save"]["status"] == "abandoned"


def test_why_a_stream_with_a_finalizer_is_open() -> None:
    stream = opened()
    assert str(waiting_for(stream, NOW)).startswith("save: runs when the others have settled; text")
    stream = after(stream, causes.complete("text"))
    ending = "; finalizing: ends in 300.0 s at the latest"
    assert waiting_for(stream, NOW) == f"save: attempt 1 of 3 begins in 0.0 s{ending}"
    stream = after(stream, causes.begin("save", 1))
    assert waiting_for(stream, NOW) == (
        f"save: runs, attempt 1 of 3, for 0.0 s (60 s at most){ending}"
    )
