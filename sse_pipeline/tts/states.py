"""The states of a speech, and the one table of how it moves between them.

- Of the rows for a trigger and a state, the first whose guards all hold is taken.
- A row without a destination leaves the state as it is.
- After each change `review` is tried until no row is taken: nothing is guessed from silence.
- Where no row is taken nothing changes; feeding text is then the caller's error.
"""

from enum import StrEnum
from typing import NamedTuple

from transitions import Machine


class State(StrEnum):
    """Where a speech stands."""

    #: Text may come.
    OPEN = "open"
    #: No more text comes; segments are still to be spoken.
    INPUT_ENDED = "input_ended"
    #: The engine is done with every segment; what it gave is being handed over.
    DRAINING = "draining"
    #: What was not handed over is dropped; the listeners are being told.
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN, INPUT_ENDED, DRAINING, CANCELLING, COMPLETED, FAILED, CANCELLED = State


class Row(NamedTuple):
    """One row of the table; guards are tried and effects run in order."""

    trigger: str
    source: State
    dest: State | None = None
    when: tuple[str, ...] = ()
    then: tuple[str, ...] = ()


TABLE = (
    Row("feed", OPEN, None, (), ("take_text",)),
    Row("feed", CANCELLING),
    Row("feed", CANCELLED),
    Row("pause", OPEN, None, (), ("take_pause",)),
    Row("flush", OPEN, None, (), ("force_text",)),
    Row("end_input", OPEN, INPUT_ENDED, (), ("force_text",)),
    Row("cancel", OPEN, CANCELLING, (), ("drop_all",)),
    Row("cancel", INPUT_ENDED, CANCELLING, (), ("drop_all",)),
    Row("cancel", DRAINING, CANCELLING, (), ("drop_all",)),
    Row("review", INPUT_ENDED, DRAINING, ("is_spoken",)),
    Row("review", DRAINING, FAILED, ("is_handed_over", "has_only_failed")),
    Row("review", DRAINING, COMPLETED, ("is_handed_over",)),
    Row("review", CANCELLING, CANCELLED, ("is_handed_over",)),
)

#: The states that a review may leave.
REVIEWED = frozenset(row.source for row in TABLE if row.trigger == "review")


def _build(table: tuple[Row, ...]) -> Machine:
    machine = Machine(model=None, states=[*State], initial=OPEN, auto_transitions=False)
    for row in table:
        machine.add_transition(
            row.trigger,
            row.source,
            row.dest,
            conditions=list(row.when),
            after=list(row.then),
        )
    return machine


#: Drives models that it never registered, by `MACHINE.events[trigger].trigger(model)`.
MACHINE = _build(TABLE)
