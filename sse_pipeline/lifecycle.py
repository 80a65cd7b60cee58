"""The state machine of a stream: one table, and the pure decision that it makes.

A snapshot, a cause and the store's time go in; the next snapshot and the frames that it brings
come out. The store commits both together, or neither.

- Of the rows for a trigger and a state, the first whose guards all hold is taken.
- A row without a destination leaves the state as it is.
- After a trigger was taken, `finish` is tried: a closed registry with nothing pending is the end.
- Where no row is taken nothing changes; `REFUSALS` says where that is the caller's error.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from transitions import Machine, MachineError

from .causes import FINISH, Cause
from .decision import Decision
from .exceptions import AlreadyRegistered, RegistryClosed, SSEPipelineError, StreamEnded
from .frames import Frame
from .snapshot import Snapshot, State

STREAMING, DRAINING, COMPLETE, ERRORED = State


class Row(NamedTuple):
    """One row of the table; guards are tried and effects run in order."""

    trigger: str
    source: State
    dest: State | None = None
    when: tuple[str, ...] = ()
    then: tuple[str, ...] = ()


_ERROR = ("is_pending", "is_required", "is_error")
_LOSS = ("is_pending", "is_required")  # as bad, but nobody's error: it was cancelled

TABLE = (
    Row("open", STREAMING),
    Row("register", STREAMING, None, ("is_new",), ("add",)),
    Row("register", STREAMING, None, ("is_repeated",)),
    Row("complete", STREAMING, DRAINING, ("is_pending", "is_last"), ("settle",)),
    Row("complete", STREAMING, None, ("is_pending",), ("settle",)),
    Row("complete", DRAINING, None, ("is_pending",), ("settle",)),
    Row("fail", STREAMING, DRAINING, _ERROR, ("condemn", "report", "settle", "hasten")),
    Row("fail", STREAMING, DRAINING, _LOSS, ("condemn", "settle", "hasten")),
    Row("fail", STREAMING, DRAINING, ("is_pending", "is_last"), ("settle",)),
    Row("fail", STREAMING, None, ("is_pending",), ("settle",)),
    Row("fail", DRAINING, None, _ERROR, ("condemn", "report", "settle", "hasten")),
    Row("fail", DRAINING, None, _LOSS, ("condemn", "settle", "hasten")),
    Row("fail", DRAINING, None, ("is_pending",), ("settle",)),
    Row("report_error", STREAMING, None, ("is_fatal",), ("condemn", "report")),
    Row("report_error", STREAMING, None, (), ("report",)),
    Row("report_error", DRAINING, None, ("is_fatal",), ("condemn", "report")),
    Row("report_error", DRAINING, None, (), ("report",)),
    Row("mark_complete", STREAMING, DRAINING, (), ("await_silence",)),
    Row("cancel", STREAMING, DRAINING, (), ("condemn", "hasten")),
    Row("cancel", DRAINING, None, (), ("condemn", "hasten")),
    Row("drain_over", DRAINING, None, (), ("condemn", "hasten", "abandon")),
    Row("abort", STREAMING, DRAINING, (), ("condemn", "hasten", "abandon")),
    Row("abort", DRAINING, None, (), ("condemn", "hasten", "abandon")),
    Row("finish", DRAINING, COMPLETE, ("is_settled", "is_acquitted")),
    Row("finish", DRAINING, ERRORED, ("is_settled",)),
)

#: What a caller is told where a trigger is not taken; elsewhere it is told False.
REFUSALS: dict[tuple[str, State], type[SSEPipelineError]] = {
    ("register", STREAMING): AlreadyRegistered,
    ("register", DRAINING): RegistryClosed,
    ("register", COMPLETE): StreamEnded,
    ("register", ERRORED): StreamEnded,
}


class Step(NamedTuple):
    """One change of state in a decision."""

    trigger: str
    source: State
    dest: State


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided: whether the trigger was taken, the next snapshot, its frames and steps.

    The snapshot *is* the one decided on where nothing changes.
    """

    taken: bool
    snapshot: Snapshot
    frames: list[Frame]
    steps: list[Step]


def _machine() -> Machine:
    machine = Machine(model=None, states=State, initial=None, auto_transitions=False)
    for state in (DRAINING, COMPLETE, ERRORED):
        machine.get_state(state).add_callback("enter", f"on_enter_{state}")
    for row in TABLE:
        machine.add_transition(
            row.trigger, row.source, row.dest, conditions=list(row.when), before=list(row.then)
        )
    return machine


MACHINE = _machine()


def decide(snapshot: Snapshot, cause: Cause, now: float) -> Outcome:
    """Decide what a cause does to a stream, at `now` by the store's clock.

    Raises `AlreadyRegistered`, `RegistryClosed` or `StreamEnded` for a registration that can't be.
    """
    decision = Decision(snapshot, now)
    steps: list[Step] = []
    taken = _fire(decision, cause, steps)
    if taken:
        _fire(decision, FINISH, steps)
    elif refusal := REFUSALS.get((cause.trigger, snapshot.state)):
        raise refusal(_refusal(snapshot, cause))
    return Outcome(taken, _next(snapshot, decision), decision.frames, steps)


def _fire(decision: Decision, cause: Cause, steps: list[Step]) -> bool:
    source = decision.state
    try:
        taken = MACHINE.events[cause.trigger].trigger(decision, cause)
    except MachineError:
        return False
    if decision.state is not source:
        steps.append(Step(cause.trigger, source, decision.state))
    return bool(taken)


def _next(snapshot: Snapshot, decision: Decision) -> Snapshot:
    if decision.draft is snapshot and not decision.frames:
        return snapshot
    return replace(decision.draft, state=decision.state, version=snapshot.version + 1)


def _refusal(snapshot: Snapshot, cause: Cause) -> str:
    if snapshot.state is STREAMING:
        return f"component {cause.name!r} has other options or has settled: it can't register again"
    return (
        f"component {cause.name!r} can't register: stream {snapshot.stream_id} is {snapshot.state}"
    )
