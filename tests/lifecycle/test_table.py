"""The table of the state machine: every state, trigger and guard."""

import importlib.util
from typing import NamedTuple

import pytest

from harness.servers import ROOT
from harness.snapshots import (
    CANCELLED,
    ERROR,
    FAILURES,
    NOW,
    REPORTED,
    WARNING,
    A,
    C,
    D,
    E,
    S,
    frames,
    stream,
)
from sse_pipeline.exceptions import AlreadyRegistered, RegistryClosed, SSEPipelineError, StreamEnded
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.decision import MACHINE, decide
from sse_pipeline.lifecycle.registry import Status
from sse_pipeline.lifecycle.snapshot import Snapshot, State, Verdict
from sse_pipeline.lifecycle.table import TABLE


class Line(NamedTuple):
    """One line of the design's table."""

    name: str
    before: Snapshot
    cause: Cause
    after: State
    events: tuple[str, ...] = ()
    verdict: Verdict | None = None
    statuses: str = ""
    taken: bool = True


def failing(status: Status) -> list[Line]:
    verdict, cause = FAILURES[status], causes.fail("a", status)
    told = ("component",) if status is Status.CANCELLED else ("stream_error", "component")
    quietly = ("component",)
    return [
        Line(f"{status} required, others pending", stream(S, "a", "b"), cause, D,
             (*told, "draining"), verdict, f"a {status} b pending"),
        Line(f"{status} optional, others pending", stream(S, "a?", "b"), cause, S,
             quietly, None, f"a {status} b pending"),
        Line(f"{status} required, the last", stream(S, "a", "b!"), cause, E,
             (*told, "errored"), verdict, f"a {status} b complete"),
        Line(f"{status} optional, the last", stream(S, "a?", "b!"), cause, C,
             (*quietly, "complete"), None, f"a {status} b complete"),
        Line(f"{status} required, draining, others pending", stream(D, "a", "b"), cause, D,
             told, verdict, f"a {status} b pending"),
        Line(f"{status} required, draining, the last", stream(D, "a"), cause, E,
             (*told, "errored"), verdict, f"a {status}"),
        Line(f"{status} optional, draining, the last", stream(D, "a?"), cause, C,
             (*quietly, "complete"), None, f"a {status}"),
        Line(f"{status} settled", stream(S, "a!", "b"), cause, S, taken=False),
        Line(f"{status} unknown", stream(S, "b"), cause, S, taken=False),
        Line(f"{status} terminal", stream(C, "a!"), cause, C, taken=False),
    ]  # fmt: skip


def ending(name: str, cause: Cause, verdict: Verdict, drains: bool) -> list[Line]:
    """Return the lines of a cause that ends a stream whatever is pending."""
    statuses = "a abandoned b abandoned"
    told = ("component", "component", "errored")
    lines = [
        Line(f"{name}, draining", stream(D, "a", "b"), cause, E, told, verdict, statuses),
        Line(f"{name}, verdict stands", stream(D, "a", "b", verdict=Verdict.CANCELLED), cause, E,
             told, Verdict.CANCELLED, statuses),
        Line(f"{name}, terminal", stream(E, "a!"), cause, E, taken=False),
    ]  # fmt: skip
    if drains:
        return [*lines, Line(f"{name}, streaming", stream(S, "a"), cause, S, taken=False)]
    return [
        *lines,
        Line(f"{name}, streaming", stream(S, "a", "b"), cause, E, told, verdict, statuses),
    ]


STOP = causes.stop("owner")
STOPPED = decide(stream(S, "a"), STOP, NOW).snapshot

LINES = [
    Line("register new", stream(S), causes.register(A), S, ("component",), None, "a pending"),
    Line("register again, alike", stream(S, "a"), causes.register(A), S, (), None, "a pending"),
    Line("complete, others pending", stream(S, "a", "b"), causes.complete("a"), S,
         ("component",), None, "a complete b pending"),
    Line("complete the last", stream(S, "a", "b!"), causes.complete("a"), C,
         ("component", "complete"), None, "a complete b complete"),
    Line("complete the last after an error", stream(S, "a", verdict=REPORTED),
         causes.complete("a"), E, ("component", "errored"), REPORTED, "a complete"),
    Line("complete, draining", stream(D, "a", "b"), causes.complete("a"), D,
         ("component",), None, "a complete b pending"),
    Line("complete the last, draining", stream(D, "a"), causes.complete("a"), C,
         ("component", "complete"), None, "a complete"),
    Line("complete settled", stream(S, "a!", "b"), causes.complete("a"), S, taken=False),
    Line("complete unknown", stream(S, "b"), causes.complete("a"), S, taken=False),
    Line("complete terminal", stream(E, "a!"), causes.complete("a"), E, taken=False),
    *[line for status in FAILURES for line in failing(status)],
    Line("report error", stream(S, "a"), ERROR, S, ("stream_error",), REPORTED, "a pending"),
    Line("report error, nothing registered", stream(S), ERROR, S, ("stream_error",), REPORTED),
    Line("report error, draining", stream(D, "a"), ERROR, D, ("stream_error",), REPORTED),
    Line("report error, not fatal", stream(S, "a"), WARNING, S, ("stream_error",)),
    Line("report error, not fatal, draining", stream(D, "a"), WARNING, D, ("stream_error",)),
    Line("report error, terminal", stream(C, "a!"), ERROR, C, taken=False),
    Line("mark complete, nothing registered", stream(S), causes.MARK_COMPLETE, C, ("complete",)),
    Line("mark complete, some pending", stream(S, "a", "b!"), causes.MARK_COMPLETE, D,
         ("draining",), None, "a pending b complete"),
    Line("mark complete after an error", stream(S, verdict=REPORTED), causes.MARK_COMPLETE, E,
         ("errored",), REPORTED),
    Line("mark complete, draining", stream(D, "a"), causes.MARK_COMPLETE, D, taken=False),
    Line("mark complete, terminal", stream(C), causes.MARK_COMPLETE, C, taken=False),
    Line("cancel", stream(S, "a"), causes.CANCEL, D, ("draining",), CANCELLED, "a pending"),
    Line("cancel, nothing registered", stream(S), causes.CANCEL, E, ("errored",), CANCELLED),
    Line("cancel, draining", stream(D, "a"), causes.CANCEL, D, (), CANCELLED, "a pending"),
    Line("cancel, verdict stands", stream(D, "a", verdict=REPORTED), causes.CANCEL, D, (),
         REPORTED),
    Line("cancel, terminal", stream(C), causes.CANCEL, C, taken=False),
    Line("stop, others pending", stream(S, "a", "b"), STOP, D, ("draining",), None,
         "a pending b pending"),
    Line("stop, nothing pending", stream(S), STOP, C, ("complete",)),
    Line("stop after an error", stream(S, "a!", verdict=REPORTED), STOP, E, ("errored",), REPORTED),
    Line("stop, draining", stream(D, "a"), STOP, D, (), None, "a pending"),
    Line("stop, told before", decide(stream(S, "a"), causes.CANCEL, NOW).snapshot, STOP, D,
         taken=False),
    Line("stop, terminal", stream(C), STOP, C, taken=False),
    Line("stopped, the last is cancelled", STOPPED, causes.fail("a", Status.CANCELLED), C,
         ("component", "complete"), None, "a stopped"),
    Line("stopped, the last fails", STOPPED, causes.fail("a", Status.FAILED), C,
         ("component", "complete"), None, "a failed"),
    Line("stopped, the last completes", STOPPED, causes.complete("a"), C,
         ("component", "complete"), None, "a complete"),
    Line("stopped, drain over", STOPPED, causes.DRAIN_OVER, C, ("component", "complete"), None,
         "a stopped"),
    Line("stopped, abort", STOPPED, causes.abort(Verdict.SHUTDOWN), C, ("component", "complete"),
         None, "a stopped"),
    Line("stopped, then cancelled", STOPPED, causes.CANCEL, D, (), CANCELLED, "a pending"),
    *ending("drain over", causes.DRAIN_OVER, Verdict.TIMEOUT, drains=True),
    *[
        line
        for verdict in (Verdict.TIMEOUT, Verdict.OVERFLOW, Verdict.SHUTDOWN)
        for line in ending(f"abort {verdict}", causes.abort(verdict), verdict, drains=False)
    ],
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_each_line_of_the_table(line: Line) -> None:
    outcome = decide(line.before, line.cause, NOW)
    told = frames(outcome.frames)
    assert outcome.taken is line.taken
    assert outcome.snapshot.state is line.after
    assert tuple(event.event for event in told) == line.events
    if not line.taken:
        assert outcome.snapshot is line.before
    else:
        assert outcome.snapshot.verdict is line.verdict
    if line.statuses:
        ledger = outcome.snapshot.ledger()
        assert " ".join(f"{name} {ledger[name]['status']}" for name in ledger) == line.statuses
    if outcome.snapshot.terminal and line.taken:
        assert outcome.snapshot.ended_at == NOW
        assert told[-1].event == line.after
        assert told[-1].json()["components"] == outcome.snapshot.ledger()


REFUSED = [
    ("other options", stream(S, "a?"), AlreadyRegistered),
    ("settled", stream(S, "a!", "b"), AlreadyRegistered),
    ("draining", stream(D, "b"), RegistryClosed),
    ("complete", stream(C, "b!"), StreamEnded),
    ("errored", stream(E, "b!"), StreamEnded),
]


@pytest.mark.parametrize(("before", "error"), [row[1:] for row in REFUSED],
                         ids=[row[0] for row in REFUSED])  # fmt: skip
def test_a_registration_is_refused(before: Snapshot, error: type[SSEPipelineError]) -> None:
    with pytest.raises(error, match="'a'"):
        decide(before, causes.register(A), NOW)


def test_there_is_no_way_round_the_table() -> None:
    assert {event for event in MACHINE.machine.events if event.startswith("to_")} == set()
    assert set(MACHINE.machine.events) == {row.trigger for row in TABLE}
    assert MACHINE.machine.models == []


def test_the_document_is_drawn_from_the_table() -> None:
    path = ROOT / "docs" / "lifecycle.py"
    spec = importlib.util.spec_from_file_location("lifecycle_document", path)
    assert spec is not None
    assert spec.loader is not None
    document = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(document)
    assert document.TARGET.read_text() == document.render(), "run make docs"
