"""Each row of the table sends exactly the frames that the table names for it."""

from typing import NamedTuple

import pytest

from harness.snapshots import ALL_CAUSES, NOW, STREAMS, A, S, frames, stream
from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.decision import MACHINE, decide
from sse_pipeline.lifecycle.draft import Draft
from sse_pipeline.lifecycle.registry import Component, Registry
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.lifecycle.table import TABLE, events_of
from sse_pipeline.machine import Row

DRAFTS = [Snapshot("id"), Snapshot("id", registry=Registry().put(Component("b")).put(A))]
CASES = [*DRAFTS, stream(S, "a", "b", "c?"), *STREAMS]


class Taken(NamedTuple):
    """A row that a cause took, the components that it changed, and the events that it sent."""

    row: Row
    changed: int
    sent: list[str]


def row_for(draft: Draft, cause: Cause) -> Row | None:
    """Return the first row whose guards all hold."""
    rows = (row for row in TABLE if (row.trigger, row.source) == (cause.trigger, draft.state))
    return next((row for row in rows if all(getattr(draft, g)(cause) for g in row.when)), None)


def fire(draft: Draft, cause: Cause) -> Taken | None:
    """Fire one trigger, as a decision does."""
    row, before, sent = row_for(draft, cause), draft.snapshot, len(draft.frames)
    assert MACHINE.fire(draft, cause.trigger, cause) is (row is not None)
    if row is None:
        return None
    assert draft.state is (row.dest or row.source)
    components = draft.snapshot.registry.components
    changed = sum(before.registry.get(name) is not components[name] for name in components)
    return Taken(row, changed, [event.event for event in frames(draft.frames[sent:])])


def rows_taken(before: Snapshot, cause: Cause) -> list[Taken]:
    """Fire what a decision fires: the opening, the cause, and what follows it."""
    draft, taken = Draft(before, NOW), []
    if before.version == 0 and cause is not causes.OPEN:
        taken.append(fire(draft, causes.OPEN))
    taken.append(fire(draft, cause))
    if taken[-1] is not None:
        taken += [fire(draft, causes.FINALIZE), fire(draft, causes.FINISH)]
    return [each for each in taken if each is not None]


@pytest.mark.parametrize(
    "before", CASES, ids=lambda s: f"{s.state}-{[c.name for c in s.registry]}-{s.version}"
)
def test_a_row_sends_the_frames_that_the_table_names(before: Snapshot) -> None:
    for cause in ALL_CAUSES:
        taken = rows_taken(before, cause)
        for row, changed, sent in taken:
            expected = [
                event
                for name in events_of(row)
                for event in [name] * (changed if name == "component" else 1)
            ]
            assert sent == expected, row
        try:
            outcome = decide(before, cause, NOW)
        except SSEPipelineError:
            assert taken == [] or taken[-1].row.trigger == "open"
            continue
        told = [event.event for event in frames(outcome.frames)]
        assert told == [event for each in taken for event in each.sent]


def test_every_row_is_taken_by_some_case() -> None:
    taken = {
        each.row for before in CASES for cause in ALL_CAUSES for each in rows_taken(before, cause)
    }
    assert [row for row in TABLE if row not in taken] == []
