"""The bounds in time: when each is due, and its cause."""

import math
from dataclasses import replace

import pytest

from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.deadlines import due_at, overdue
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component, Registry
from sse_pipeline.lifecycle.snapshot import Limits, Snapshot, State
from sse_pipeline.lifecycle.traffic import Tally, Traffic

OPENED = Snapshot(
    "id",
    version=1,
    opened_at=100.0,
    limits=Limits(deadline=1000.0, drain_silence=60.0, drain_limit=5.0),
    registry=Registry({"a": Component("a", timeout=30.0, registered_at=100.0)}),
    traffic=Traffic(at=100.0),
)
CLOSED = decide(OPENED, causes.MARK_COMPLETE, 101.0).snapshot
HASTENED = decide(OPENED, causes.CANCEL, 101.0).snapshot
PATIENT = replace(OPENED, registry=Registry({"a": Component("a")}))
SENT = Traffic(at=120.0, components={"a": Tally(at=120.0)})
ANYONE = Traffic(at=120.0, anyone_at=120.0)
BOUNDLESS = replace(PATIENT, limits=Limits(deadline=None))


@pytest.mark.parametrize(
    ("stream", "due", "trigger"),
    [
        (OPENED, 130.0, "fail"),
        (replace(OPENED, traffic=SENT), 150.0, "fail"),
        (replace(OPENED, traffic=ANYONE), 150.0, "fail"),
        (PATIENT, 1100.0, "abort"),
        (BOUNDLESS, math.inf, None),
        (replace(CLOSED, registry=PATIENT.registry), 160.0, "drain_over"),
        (replace(CLOSED, registry=PATIENT.registry, traffic=SENT), 180.0, "drain_over"),
        (HASTENED, 106.0, "drain_over"),
        (replace(HASTENED, traffic=SENT), 106.0, "drain_over"),
        (replace(OPENED, state=State.COMPLETE), math.inf, None),
        (replace(OPENED, state=State.ERRORED), math.inf, None),
    ],
)
def test_what_is_due_and_when(stream: Snapshot, due: float, trigger: str | None) -> None:
    assert due_at(stream) == due
    if due < math.inf:
        assert overdue(stream, due - 0.001) is None
        cause = overdue(stream, due)
        assert cause is not None
        assert cause.trigger == trigger
    else:
        assert overdue(stream, 1e12) is None


def test_the_gravest_comes_first() -> None:
    late = overdue(HASTENED, 5000.0)
    assert late is not None
    assert late.trigger == "abort"
