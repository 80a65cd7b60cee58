"""Streams and causes for the state machine: each combination that its table tells apart."""

from dataclasses import replace
from itertools import product

from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.frames import Frame
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.finalizer import Finalizer
from sse_pipeline.lifecycle.progress import Progress
from sse_pipeline.lifecycle.registry import Component, Registry, Status
from sse_pipeline.lifecycle.snapshot import Snapshot, State, Stop, Verdict
from sse_pipeline.lifecycle.waiting import Waiting
from sse_pipeline.testing import Decoder, Event

S, D, C, E = State
NOW = 100.0
FAILURES = {
    Status.FAILED: Verdict.COMPONENT_FAILED,
    Status.TIMED_OUT: Verdict.TIMEOUT,
    Status.LOST: Verdict.PRODUCER_LOST,
    Status.CANCELLED: Verdict.CANCELLED,
}


def stream(state: State, *names: str, verdict: Verdict | None = None) -> Snapshot:
    """Make a stream: `a` is required and pending, `a?` optional, `a!` has completed."""
    registry = Registry()
    for name in names:
        status = Status.COMPLETE if name.endswith("!") else Status.PENDING
        required = not name.endswith("?")
        registry = registry.put(Component(name.rstrip("?!"), required, 10.0, 1.0, status))
    ended = 50.0 if state in (C, E) else None
    return Snapshot("id", state, registry, verdict, 7, opened_at=1.0, ended_at=ended)


def frames(outcome_frames: list[Frame]) -> list[Event]:
    return list(Decoder().feed(b"".join(frame.body for frame in outcome_frames)))


ERROR = causes.report_error("Oh no")
WARNING = causes.report_error("Hm", fatal=False)
REPORTED = Verdict.ERROR_REPORTED
CANCELLED = Verdict.CANCELLED
A = Component("a", True, 10.0)
LOST = causes.fail("a", Status.LOST, retryable=True)
TELL = causes.progress("a", Progress(0.4, "3 of 7 sources", NOW))
WAIT = causes.wait("a", Waiting("approval", NOW, 3600.0))
SAVE = Component("save", attempts=2, finalizer=Finalizer("save", pause=0.0))

ALL_CAUSES = [
    LOST,
    *(causes.take(name) for name in ("a", "nobody")),
    causes.take("a", resumes=True),
    WAIT,
    causes.go_on("a"),
    TELL,
    causes.OPEN,
    causes.register(Component("new")),
    causes.register(A),
    *(causes.complete(name) for name in ("a", "b", "nobody")),
    *(causes.fail(name, status) for name in ("a", "b", "nobody") for status in FAILURES),
    ERROR,
    WARNING,
    causes.MARK_COMPLETE,
    causes.CANCEL,
    causes.stop("owner"),
    causes.DRAIN_OVER,
    causes.FINALIZE,
    causes.register(SAVE),
    *(causes.begin("save", attempt) for attempt in (1, 2)),
    *(causes.complete("save", attempt=attempt) for attempt in (1, 2)),
    *(causes.fail("save", attempt=attempt) for attempt in (1, 2)),
    *(causes.abort(verdict) for verdict in Verdict),
]
STOPPED = [
    replace(stream(D, *names), stopped=Stop("owner"), stop_at=NOW + 5)
    for names in (("a",), ("a?",), ("a", "b"), ("a!", "b?"))
]


def with_attempts(state: State, *asked: Cause) -> Snapshot:
    """Make a stream with a component of two attempts, and let these causes come."""
    made = stream(state, "b")
    made = replace(made, registry=made.registry.put(replace(A, attempts=2)))
    for cause in asked:
        made = decide(made, cause, NOW).snapshot
    return made


RETRIED = [
    with_attempts(state, *asked)
    for state in (S, D)
    for asked in ((), (causes.take("a"),), (LOST,), (LOST, causes.take("a")), (WAIT,), (TELL,))
]


def with_finalizer(required: bool, *asked: Cause) -> Snapshot:
    """Make a stream of a text and a finalizer, and let these causes come."""
    registry = Registry().put(A, replace(SAVE, required=required))
    made = Snapshot("id", registry=registry)
    for cause in (causes.OPEN, *asked):
        made = decide(made, cause, NOW).snapshot
    return made


_RUNS = (causes.complete("a"), causes.begin("save", 1))
_AGAIN = (*_RUNS, causes.fail("save", attempt=1))
FINALIZING = [
    with_finalizer(required, *asked)
    for required in (True, False)
    for asked in (
        (),
        (causes.MARK_COMPLETE,),
        _RUNS[:1],
        _RUNS,
        _AGAIN,
        (*_AGAIN, causes.begin("save", 2)),
        (causes.stop("owner"), *_RUNS),
    )
]
STREAMS = [
    *STOPPED,
    *RETRIED,
    *FINALIZING,
    *(
        stream(state, *names, verdict=verdict)
        for state, names, verdict in product(
            (S, D),
            [(), ("a",), ("a?",), ("a!",), ("a", "b"), ("a?", "b"), ("a!", "b?"), ("a", "b!")],
            [None, Verdict.TIMEOUT],
        )
        if state is S or any(not name.endswith("!") for name in names)
    ),
]


def settle(before: Snapshot, cause: Cause) -> tuple[Snapshot, list[Event], bool]:
    try:
        outcome = decide(before, cause, NOW)
    except SSEPipelineError:
        return before, [], False
    return outcome.snapshot, frames(outcome.frames), outcome.taken
