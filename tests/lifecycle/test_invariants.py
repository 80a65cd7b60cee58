"""The invariants of every stream under any causes, and the fields of its frames."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.snapshots import ALL_CAUSES, NOW, STREAMS, C, D, E, S, frames, settle, stream
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component, Registry
from sse_pipeline.lifecycle.snapshot import Snapshot, State
from sse_pipeline.testing import Event


@pytest.mark.parametrize(
    "before", STREAMS, ids=lambda s: f"{s.state}-{[c.name for c in s.registry]}"
)
def test_the_invariants_hold_whatever_comes(before: Snapshot) -> None:
    for cause in ALL_CAUSES:
        after, told, taken = settle(before, cause)
        ends = [event for event in told if event.event in (C, E)]
        assert after.terminal == (len(ends) == 1)
        assert not ends or told[-1] is ends[0]
        if after.terminal:
            assert not after.registry.pending()
            assert (after.state is C) == (after.verdict is None)
        if before.verdict:
            assert after.verdict is before.verdict
        if after.state is D:
            assert after.registry.pending()
        assert not told or after is not before
        assert taken or after is before


@pytest.mark.parametrize("state", [C, E])
@pytest.mark.parametrize("cause", ALL_CAUSES, ids=lambda cause: f"{cause.trigger}-{cause.name}")
def test_the_end_is_final(state: State, cause: Cause) -> None:
    before = stream(state, "a!", "b!")
    assert settle(before, cause) == (before, [], False)


@given(st.lists(st.sampled_from(ALL_CAUSES), max_size=25))
def test_any_schedule_ends_once_and_stays_ended(schedule: list[Cause]) -> None:
    snapshot, told = Snapshot("id", limits=replace(Snapshot("id").limits)), list[Event]()
    for cause in schedule:
        snapshot, events, _ = settle(snapshot, cause)
        told += events
    ends = [event for event in told if event.event in ("complete", "errored")]
    assert len(ends) == snapshot.terminal
    assert not ends or told[-1] is ends[0]
    if told:
        assert [event.event for event in told].count("stream") == 1
        assert told[0].event == "stream"


def test_the_first_commit_opens_the_stream_with_what_was_declared() -> None:
    draft = Snapshot("id", registry=Registry().put(Component("a")).put(Component("b", False)))
    outcome = decide(draft, causes.complete("a"), NOW)
    told = frames(outcome.frames)
    assert [event.event for event in told] == ["stream", "component", "component", "component"]
    assert told[0].json() == {"type": "stream", "stream": "id", "components": ["a", "b"]}
    assert outcome.snapshot.version == 1
    assert outcome.snapshot.opened_at == NOW


def test_what_the_frames_carry() -> None:
    outcome = decide(stream(S, "a", "b"), causes.fail("a", reason="broke"), NOW)
    error, component, draining = (event.json() for event in frames(outcome.frames))
    assert error == {
        "type": "stream_error",
        "component": "a",
        "message": "Component a failed",
        "code": "component_failed",
    }
    assert component == {
        "type": "component",
        "component": "a",
        "status": "failed",
        "required": True,
        "reason": "broke",
    }
    assert draining == {"type": "draining", "reason": "component_failed", "waiting_for": ["b"]}


def test_bounds_of_the_drain() -> None:
    limits = stream(S).limits
    closed = decide(stream(S, "a"), causes.MARK_COMPLETE, NOW).snapshot
    assert (closed.silence, closed.stop_at, closed.cancelled) == (limits.drain_silence, None, False)
    hastened = decide(closed, causes.CANCEL, NOW + 1).snapshot
    assert hastened.stop_at == NOW + 1 + limits.drain_limit
    assert hastened.cancelled
    again = decide(hastened, causes.CANCEL, NOW + 3).snapshot
    assert again.stop_at == hastened.stop_at
