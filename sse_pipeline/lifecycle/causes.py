"""Causes: a trigger of the state machine together with the values that the trigger needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .progress import Progress
from .registry import Component, Status
from .snapshot import Stop, Verdict
from .waiting import Waiting

_VERDICTS = {
    Status.FAILED: Verdict.COMPONENT_FAILED,
    Status.TIMED_OUT: Verdict.TIMEOUT,
    Status.LOST: Verdict.PRODUCER_LOST,
    Status.CANCELLED: Verdict.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """A trigger, and the values that its guards and effects read."""

    trigger: str
    name: str = ""
    component: Component | None = None
    status: Status = Status.COMPLETE
    verdict: Verdict | None = None
    reason: str | None = None
    message: str = ""
    code: str | None = None
    fatal: bool = True
    summary: Mapping[str, Any] | None = None
    stopped: Stop | None = None
    attempt: int | None = None
    retryable: bool = False
    resumes: bool = False
    waiting: Waiting | None = None
    progress: Progress | None = None


OPEN = Cause("open")
MARK_COMPLETE = Cause("mark_complete")
CANCEL = Cause("cancel", verdict=Verdict.CANCELLED)
DRAIN_OVER = Cause("drain_over", verdict=Verdict.TIMEOUT)
FINALIZE = Cause("finalize")
FINISH = Cause("finish")


def register(component: Component) -> Cause:
    """Register a component."""
    return Cause("register", component.name, component)


def complete(
    name: str, summary: Mapping[str, Any] | None = None, attempt: int | None = None
) -> Cause:
    """Settle a component as complete; an attempt that is named must be the one that is made."""
    return Cause("complete", name, summary=summary, attempt=attempt)


def take(name: str, *, resumes: bool = False) -> Cause:
    """Begin an attempt of a component that has several: the first, or the next one.

    Its content starts anew, unless it resumes that of the attempt before.
    """
    return Cause("take", name, resumes=resumes)


def wait(name: str, waiting: Waiting, attempt: int | None = None) -> Cause:
    """Let a component wait for something that is not its own work."""
    return Cause("wait", name, waiting=waiting, attempt=attempt)


def go_on(name: str, attempt: int | None = None) -> Cause:
    """Let a component go on that waited."""
    return Cause("go_on", name, attempt=attempt)


def progress(name: str, progress: Progress, attempt: int | None = None) -> Cause:
    """Tell how far a component is. What is not later than what is known changes nothing."""
    return Cause("progress", name, progress=progress, attempt=attempt)


def begin(name: str, attempt: int) -> Cause:
    """Begin an attempt of a finalizer."""
    return Cause("begin", name, attempt=attempt)


def fail(
    name: str,
    status: Status = Status.FAILED,
    reason: str | None = None,
    message: str | None = None,
    summary: Mapping[str, Any] | None = None,
    *,
    attempt: int | None = None,
    retryable: bool = False,
) -> Cause:
    """Settle a component that failed, timed out, was lost or was cancelled, as `status` says.

    An attempt that is named must be the one that is made. A finalizer is settled by its last one
    only, and so is a component whose failure is retryable.
    """
    return Cause(
        "fail",
        name,
        status=status,
        verdict=_VERDICTS[status],
        reason=reason or status.value,
        message=message or f"Component {name} {_PHRASES[status]}",
        code=_VERDICTS[status],
        summary=summary,
        attempt=attempt,
        retryable=retryable,
    )


_PHRASES = {
    Status.FAILED: "failed",
    Status.TIMED_OUT: "timed out",
    Status.LOST: "was lost",
    Status.CANCELLED: "was cancelled",
}


def report_error(
    message: str, name: str = "", code: str | None = None, fatal: bool = True
) -> Cause:
    """Report an error to the reader; a fatal error decides how the stream will end."""
    verdict = Verdict.ERROR_REPORTED
    return Cause(
        "report_error", name, verdict=verdict, message=message, code=code or verdict, fatal=fatal
    )


def stop(by: str, heard_ms: int | None = None, heard_offset: int | None = None) -> Cause:
    """Tell the producers that it is enough: what they had counts."""
    return Cause("stop", stopped=Stop(by, heard_ms, heard_offset))


def abort(verdict: Verdict) -> Cause:
    """End the stream at once, because of its deadline, an overflow or a shutdown."""
    return Cause("abort", verdict=verdict)
