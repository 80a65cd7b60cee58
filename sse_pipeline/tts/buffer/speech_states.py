"""The states of a speech, and the one table of its transitions.

- The machine takes the first row for a trigger and a state whose guards all hold.
- A row without a destination leaves the state as it is.
- After each change the trigger `review` is fired until no row can be taken. So the end of a speech
  is never guessed from silence.
- If no row can be taken, nothing changes. For `feed` this is an error of the caller.
"""

from enum import StrEnum

from sse_pipeline.machine import Row, StateMachine


class SpeechState(StrEnum):
    """The states of a speech."""

    #: Text may come.
    OPEN = "open"
    #: No more text comes. Segments still have to be spoken.
    INPUT_ENDED = "input_ended"
    #: The engine has finished every segment. The callbacks still have to receive its output.
    DRAINING = "draining"
    #: Everything that the callbacks have not received is dropped. They still have to learn this.
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN, INPUT_ENDED, DRAINING, CANCELLING, COMPLETED, FAILED, CANCELLED = SpeechState

TABLE = (
    Row("feed", OPEN, None, (), ("cut_text",)),
    Row("feed", CANCELLING),
    Row("feed", CANCELLED),
    Row("flush_to_pause", OPEN, None, (), ("cut_to_pause",)),
    Row("flush", OPEN, None, (), ("cut_all",)),
    Row("end_input", OPEN, INPUT_ENDED, (), ("cut_all",)),
    Row("cancel", OPEN, CANCELLING, (), ("drop_all",)),
    Row("cancel", INPUT_ENDED, CANCELLING, (), ("drop_all",)),
    Row("cancel", DRAINING, CANCELLING, (), ("drop_all",)),
    Row("review", INPUT_ENDED, DRAINING, ("is_spoken",)),
    Row("review", DRAINING, FAILED, ("is_handed_over", "has_only_failed")),
    Row("review", DRAINING, COMPLETED, ("is_handed_over",)),
    Row("review", CANCELLING, CANCELLED, ("is_handed_over",)),
)

#: The states that a review may leave. In the others the machine need not be asked.
REVIEWED = frozenset(row.source for row in TABLE if row.trigger == "review")

SPEECH_MACHINE = StateMachine(SpeechState, TABLE, effects="after")
