"""The decision: what a cause does to a stream. Pure, and so the same in every process.

Each state change of a stream is a compare-and-swap. The caller loads a snapshot, decides, and asks
the store to replace exactly that snapshot. A caller that lost the race loads again and decides
again. So the rules exist once, in Python, and hold across processes without a lock that spans them.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from ..exceptions import LimitReached, SSEPipelineError
from ..frames import Frame
from ..machine import StateMachine
from .causes import FINALIZE, FINISH, OPEN, Cause
from .draft import Draft
from .registry import Component
from .snapshot import Snapshot, State
from .table import REFUSALS, TABLE

#: One machine for all streams.
MACHINE = StateMachine(State, TABLE)


class Step(NamedTuple):
    """One change of state in a decision."""

    trigger: str
    source: State
    dest: State


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a decision: the next snapshot, the frames that it sends and its steps.

    `taken` tells whether the table had a row for the cause. Where nothing changes, `snapshot` *is*
    the one that was decided on. `changed` are the components that were added, settled or changed.
    """

    taken: bool
    snapshot: Snapshot
    frames: list[Frame]
    steps: list[Step]
    changed: tuple[Component, ...] = ()


def decide(snapshot: Snapshot, cause: Cause, now: float) -> Outcome:
    """Decide what a cause does to a stream, at `now` in seconds by the store's clock.

    Raises:
        AlreadyRegistered: The component is registered with other options, or has settled.
        RegistryClosed: The stream is draining and takes no new component.
        StreamEnded: The stream has ended and takes no new component.
        LimitReached: The stream takes no further component, or no further report of an error.
    """
    draft = Draft(snapshot, now)
    steps: list[Step] = []
    if snapshot.version == 0 and cause is not OPEN:
        _fire(draft, OPEN, steps)
    taken = _fire(draft, cause, steps)
    if taken:
        _fire(draft, FINALIZE, steps)
        _fire(draft, FINISH, steps)
    elif refusal := _refusal(draft, cause):
        raise refusal
    changed = tuple(draft.changed.values())
    following = _next(snapshot, draft)
    if any(step.dest is State.DRAINING for step in steps):
        following = replace(following, draining_at=now)
    return Outcome(taken, following, draft.frames, steps, changed)


def _fire(draft: Draft, cause: Cause, steps: list[Step]) -> bool:
    source = draft.state
    taken = MACHINE.fire(draft, cause.trigger, cause)
    if draft.state is not source:
        steps.append(Step(cause.trigger, source, draft.state))
    return taken


def _next(snapshot: Snapshot, draft: Draft) -> Snapshot:
    if draft.snapshot is snapshot and not draft.frames:
        return snapshot
    return replace(draft.snapshot, state=draft.state, version=snapshot.version + 1)


def _refusal(draft: Draft, cause: Cause) -> SSEPipelineError | None:
    """Return the error for a trigger that was not taken; None if the caller gets False."""
    for trigger, source, error, when in REFUSALS:
        asked = trigger == cause.trigger and source is draft.state
        if asked and all(getattr(draft, guard)(cause) for guard in when):
            return (
                _full(draft.snapshot, cause)
                if error is LimitReached
                else error(_complaint(draft.snapshot, cause))
            )
    return None


def _full(snapshot: Snapshot, cause: Cause) -> LimitReached:
    subject, limits = f"stream {snapshot.stream_id} takes no further", snapshot.limits
    if cause.trigger == "register":
        return LimitReached("COMPONENTS", limits.components, f"{subject} component: {cause.name!r}")
    return LimitReached("ERRORS", limits.errors, f"{subject} report of an error")


def _complaint(snapshot: Snapshot, cause: Cause) -> str:
    known, asked = snapshot.registry.get(cause.name), cause.component
    if cause.trigger == "take":
        how = str(known.status) if known and not known.pending else "not registered"
        if known and known.pending:
            how = f"in attempt {known.attempt} of {known.attempts}"
        return f"component {cause.name!r} can't be taken: it is {how}"
    if snapshot.state is not State.STREAMING or known is None or asked is None:
        return (
            f"component {cause.name!r} can't register: stream {snapshot.stream_id} is"
            f" {snapshot.state}"
        )
    if not known.pending:
        return f"component {cause.name!r} can't register again: it is {known.status}"
    return f"component {cause.name!r} is registered with {known.difference(asked)}"
