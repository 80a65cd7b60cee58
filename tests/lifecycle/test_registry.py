"""Components and their registry, stepwise against a simple model."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sse_pipeline.exceptions import InvalidComponent, SSEPipelineError
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component, Status
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.lifecycle.traffic import Tally


@pytest.mark.parametrize("name", ["text_generation", "a", "_x", "tts.en-US:1", "x" * 100])
def test_names_of_components(name: str) -> None:
    assert Component(name).name == name


@pytest.mark.parametrize("name", ["", " ", "1a", "a b", "a\n", "ü", "x" * 101, None, 3, b"a"])
def test_names_that_are_refused(name: Any) -> None:
    with pytest.raises(InvalidComponent, match="^name: "):
        Component(name)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "10", True])
def test_timeouts_that_are_refused(timeout: Any) -> None:
    with pytest.raises(InvalidComponent, match="^timeout: "):
        Component("a", timeout=timeout)


def test_required_is_a_boolean() -> None:
    with pytest.raises(InvalidComponent, match="^required: "):
        Component("a", required=1)  # type: ignore[arg-type]


def test_a_line_of_the_ledger() -> None:
    component = Component("a", registered_at=1.0)
    assert component.entry() == {
        "status": "pending",
        "required": True,
        "frames": 0,
        "bytes": 0,
        "ms": None,
        "reason": None,
    }
    settled = component.settled(Status.FAILED, "broke", 2.5, Tally(3, 120))
    assert settled.entry() == {
        "status": "failed",
        "required": True,
        "frames": 3,
        "bytes": 120,
        "ms": 1500,
        "reason": "broke",
    }
    assert component.pending
    assert not settled.pending


NAMES = st.sampled_from(["a", "b", "c"])


class Pipeline(RuleBasedStateMachine):
    """A stream beside a model: the names that are pending, and those that have failed."""

    def __init__(self) -> None:
        super().__init__()
        self.stream = Snapshot("id")
        self.pending: dict[str, bool] = {}
        self.settled: dict[str, str] = {}
        self.closed = self.failed = False

    def decide(self, cause: causes.Cause) -> bool:
        try:
            outcome = decide(self.stream, cause, 1.0)
        except SSEPipelineError:
            return False
        self.stream = outcome.snapshot
        return outcome.taken

    @property
    def over(self) -> bool:
        return not self.pending and (self.closed or bool(self.settled))

    @rule(name=NAMES, required=st.booleans())
    def register(self, name: str, required: bool) -> None:
        known = name in self.settled or self.pending.get(name, required) is not required
        expected = not (self.over or self.closed or known)
        assert self.decide(causes.register(Component(name, required))) is expected
        if expected:
            self.pending[name] = required

    @rule(name=NAMES)
    def complete(self, name: str) -> None:
        assert self.decide(causes.complete(name)) is (name in self.pending)
        if self.pending.pop(name, None) is not None:
            self.settled[name] = "complete"

    @rule(name=NAMES)
    def fail(self, name: str) -> None:
        assert self.decide(causes.fail(name)) is (name in self.pending)
        required = self.pending.pop(name, None)
        if required is not None:
            self.settled[name] = "failed"
            self.failed = self.failed or required
            self.closed = self.closed or required

    @rule()
    def mark_complete(self) -> None:
        assert self.decide(causes.MARK_COMPLETE) is not (self.closed or self.over)
        self.closed = True

    @invariant()
    def agrees(self) -> None:
        ledger = self.stream.ledger()
        assert {n for n, e in ledger.items() if e["status"] == "pending"} == set(self.pending)
        assert {n: e["status"] for n, e in ledger.items() if n in self.settled} == self.settled
        expected = "streaming"
        if self.over:
            expected = "errored" if self.failed else "complete"
        elif self.closed:
            expected = "draining"
        assert self.stream.state == expected


TestPipeline = Pipeline.TestCase
