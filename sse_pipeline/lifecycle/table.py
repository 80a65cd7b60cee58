"""The transition table of a stream: every rule of its life, and every frame that a rule sends.

- For a trigger and a state the machine takes the first row whose guards all hold.
- A row without a destination leaves the state as it is.
- `open` comes first in the life of a stream: a decision on a stream that is not stored yet fires it
  before its own trigger.
- `finalize` and `finish` follow each trigger that was taken. When only finalizers are pending the
  outcome is decided: nothing but them changes it. A closed registry with nothing pending is the
  end.
- Where no row is taken nothing changes. `REFUSALS` says where that is the caller's error.

Guards (`is_…`) are methods of `guards.Guards`, and effects those of `draft.Draft`. An effect
`send_…` sends frames: `SENDS` says which. Nothing else sends a frame of the library's own, except
`gap`: a cursor sends it to one reader.
"""

from typing import NamedTuple

from ..exceptions import (
    AlreadyRegistered,
    LimitReached,
    RegistryClosed,
    SSEPipelineError,
    StreamEnded,
)
from ..machine import Row
from .snapshot import State

STREAMING, DRAINING, COMPLETE, ERRORED = State

_REQUIRED = ("is_pending", "is_required")
_SETTLE = ("settle", "send_components")
_SETTLE_STOPPED = ("settle_stopped", "send_components")
_STOP = ("keep_stop", "limit_time")
_STOP_ALL = ("stop_all", "send_components")
_REPORT = ("count_error", "send_error")
_TELL_PROGRESS = ("keep_progress", "send_components")
_TAKE_AGAIN = ("take_again", "send_components")
_END = ("set_verdict", "limit_time", "abandon", "send_components")
_END_ALL = ("set_verdict", "limit_time", "abandon_all", "send_components")

TABLE = (
    Row("open", STREAMING, None, ("is_unopened",), ("open", "send_stream", "send_components")),
    Row("open", STREAMING),
    Row("register", STREAMING, None, ("is_new", "has_room"), ("add", "send_components")),
    Row("register", STREAMING, None, ("is_repeated",)),
    Row("complete", STREAMING, DRAINING, ("is_pending", "is_last"), _SETTLE),
    Row("complete", STREAMING, None, ("is_pending",), _SETTLE),
    Row("complete", DRAINING, None, ("is_pending",), _SETTLE),
    # A component with attempts: the next one begins with whoever takes it, or takes it over. And
    # one that waits for a person, or for another service, or that tells how far it is.
    *(
        row
        for state in (STREAMING, DRAINING)
        for row in (
            Row("take", state, None, ("is_pending", "is_free", "is_first"), ("take",)),
            Row("take", state, None, ("is_pending", "is_free"), _TAKE_AGAIN),
            Row("take", state, None, ("is_pending", "has_attempts"), _TAKE_AGAIN),
            Row("wait", state, None, ("is_pending", "is_working"), ("wait", "send_components")),
            Row("progress", state, None, ("is_pending", "is_later"), _TELL_PROGRESS),
            Row("go_on", state, None, ("is_pending", "is_waiting"), ("go_on", "send_components")),
            Row(
                "fail",
                state,
                None,
                ("is_pending", "is_retryable"),
                ("set_free", "send_components"),
            ),
        )
    ),
    # A finalizer. What a run reports that was given up counts no more.
    Row("begin", DRAINING, None, ("is_ready",), ("begin_attempt",)),
    Row("complete", DRAINING, None, ("is_run",), _SETTLE),
    Row("fail", DRAINING, None, ("is_run", "has_attempts"), ("rest",)),
    Row(
        "fail",
        DRAINING,
        None,
        ("is_run", "is_required"),
        ("set_verdict", "send_error", *_SETTLE, "limit_time"),
    ),
    Row("fail", DRAINING, None, ("is_run",), _SETTLE),
    # A required component that fails, times out or is lost. The reader is told of the error.
    Row(
        "fail",
        STREAMING,
        DRAINING,
        (*_REQUIRED, "is_error", "is_last"),
        ("set_verdict", "send_error", *_SETTLE, "limit_time"),
    ),
    Row(
        "fail",
        STREAMING,
        DRAINING,
        (*_REQUIRED, "is_error"),
        ("set_verdict", "send_error", *_SETTLE, "limit_time", "send_draining"),
    ),
    # A required component was cancelled. The verdict is the same, but there is no error to send.
    Row(
        "fail",
        STREAMING,
        DRAINING,
        (*_REQUIRED, "is_last"),
        ("set_verdict", *_SETTLE, "limit_time"),
    ),
    Row(
        "fail",
        STREAMING,
        DRAINING,
        _REQUIRED,
        ("set_verdict", *_SETTLE, "limit_time", "send_draining"),
    ),
    # The stream was stopped: what there is counts, and nothing that a component does condemns it.
    Row("fail", DRAINING, None, ("is_pending", "is_stopped", "is_error"), _SETTLE),
    Row("fail", DRAINING, None, ("is_pending", "is_stopped"), _SETTLE_STOPPED),
    # An optional component: its status is all that changes.
    Row("fail", STREAMING, DRAINING, ("is_pending", "is_last"), _SETTLE),
    Row("fail", STREAMING, None, ("is_pending",), _SETTLE),
    Row(
        "fail",
        DRAINING,
        None,
        (*_REQUIRED, "is_error"),
        ("set_verdict", "send_error", *_SETTLE, "limit_time"),
    ),
    Row("fail", DRAINING, None, _REQUIRED, ("set_verdict", *_SETTLE, "limit_time")),
    Row("fail", DRAINING, None, ("is_pending",), _SETTLE),
    # The error that decides how the stream ends is never refused.
    Row("report_error", STREAMING, None, ("is_fatal", "is_blameless"), ("set_verdict", *_REPORT)),
    Row("report_error", STREAMING, None, ("is_reportable",), _REPORT),
    Row(
        "report_error",
        DRAINING,
        None,
        ("is_undecided", "is_fatal", "is_blameless"),
        ("set_verdict", *_REPORT),
    ),
    Row("report_error", DRAINING, None, ("is_undecided", "is_reportable"), _REPORT),
    Row("mark_complete", STREAMING, DRAINING, ("is_settled",), ("limit_silence",)),
    Row("mark_complete", STREAMING, DRAINING, (), ("limit_silence", "send_draining")),
    Row("cancel", STREAMING, DRAINING, ("is_settled",), ("set_verdict", "limit_time")),
    Row("cancel", STREAMING, DRAINING, (), ("set_verdict", "limit_time", "send_draining")),
    Row("cancel", DRAINING, None, ("is_undecided",), ("set_verdict", "limit_time")),
    Row("stop", STREAMING, DRAINING, ("is_settled",), _STOP),
    Row("stop", STREAMING, DRAINING, (), (*_STOP, "send_draining")),
    Row("stop", DRAINING, None, ("is_undecided", "is_untold"), _STOP),
    Row(
        "drain_over",
        DRAINING,
        None,
        ("is_decided", "is_required_pending"),
        _END_ALL,
    ),
    Row("drain_over", DRAINING, None, ("is_decided",), ("abandon_all", "send_components")),
    Row("drain_over", DRAINING, None, ("is_stopped",), _STOP_ALL),
    Row("drain_over", DRAINING, None, ("is_required_pending",), _END),
    # Only optional components are late. `required` decides the outcome, and never the waiting.
    Row("drain_over", DRAINING, None, (), ("abandon", "send_components")),
    # A process that ends has no time for finalizers.
    Row("abort", STREAMING, DRAINING, ("is_shutdown",), _END_ALL),
    Row("abort", STREAMING, DRAINING, ("has_finalizers",), (*_END, "send_draining")),
    Row("abort", STREAMING, DRAINING, (), _END),
    Row("abort", DRAINING, None, ("is_shutdown", "has_finalizers"), _END_ALL),
    Row("abort", DRAINING, None, ("is_undecided", "is_stopped"), _STOP_ALL),
    Row("abort", DRAINING, None, ("is_undecided",), _END),
    Row(
        "finalize",
        STREAMING,
        DRAINING,
        ("is_left_to_finalizers", "has_settled"),
        ("limit_finalizing", "send_draining"),
    ),
    Row(
        "finalize",
        DRAINING,
        None,
        ("is_left_to_finalizers", "is_undecided"),
        ("limit_finalizing",),
    ),
    Row("finish", DRAINING, COMPLETE, ("is_settled", "is_blameless"), ("end", "send_complete")),
    Row("finish", DRAINING, ERRORED, ("is_settled",), ("end", "send_errored")),
)

#: The event of the frames that an effect sends. `send_components` sends one frame for each
#: component that the row added or settled; each other effect sends one frame.
SENDS = {
    "send_stream": "stream",
    "send_components": "component",
    "send_error": "stream_error",
    "send_draining": "draining",
    "send_complete": "complete",
    "send_errored": "errored",
}


class RefusalRule(NamedTuple):
    """The error of a caller whose trigger is not taken in a state, if the guards all hold."""

    trigger: str
    source: State
    error: type[SSEPipelineError]
    when: tuple[str, ...] = ()


#: The first one that fits is raised. Where none does, the caller gets False.
REFUSALS = (
    RefusalRule("take", STREAMING, AlreadyRegistered),
    RefusalRule("take", DRAINING, AlreadyRegistered),
    RefusalRule("take", COMPLETE, StreamEnded),
    RefusalRule("take", ERRORED, StreamEnded),
    RefusalRule("register", STREAMING, LimitReached, ("is_new",)),
    RefusalRule("register", STREAMING, AlreadyRegistered),
    RefusalRule("register", DRAINING, RegistryClosed),
    RefusalRule("register", COMPLETE, StreamEnded),
    RefusalRule("register", ERRORED, StreamEnded),
    RefusalRule("report_error", STREAMING, LimitReached),
    RefusalRule("report_error", DRAINING, LimitReached, ("is_undecided",)),
)


def events_of(row: Row) -> tuple[str, ...]:
    """Return the events of the frames that a row sends, in their order."""
    return tuple(SENDS[effect] for effect in row.then if effect in SENDS)
