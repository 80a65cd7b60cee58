"""One sentence: how a stream ended, or what it waited for when the journal last heard of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from ..lifecycle.registry import Status
from ..lifecycle.snapshot import State, Verdict
from ..models import UNRECORDED, label
from .parts import JournalEvent, Work
from .times import format_duration

_REASONS: dict[str, Any] = {
    Verdict.COMPONENT_FAILED: _("a required component failed"),
    Verdict.ERROR_REPORTED: _("a producer reported an error"),
    Verdict.TIMEOUT: _("a bound was reached"),
    Verdict.CANCELLED: _("it was cancelled"),
    Verdict.PRODUCER_LOST: _("the process that produced it is gone"),
    Verdict.OVERFLOW: _("a frame or the stream was too large"),
    Verdict.SHUTDOWN: _("the process that produced it was shut down"),
    UNRECORDED: _("it is over, but the journal lost how it ended"),
}


def describe_end(
    state: str, reason: str | None, works: Sequence[Work], events: Iterable[JournalEvent]
) -> str:
    """Return a sentence that says how a stream ended."""
    others = _others(works)
    if state == State.COMPLETE:
        return f"{_count(works)}{others}"
    cause = _timeout(works, events) if reason == Verdict.TIMEOUT else _REASONS[str(reason)]
    return f"{reason}: {cause}{others}"


def describe_wait(works: Iterable[Work], silence: float) -> str:
    """Return a sentence for an open stream that only the journal has.

    `silence` is the time in seconds since the last heartbeat of its process.
    """
    names = pgettext("stream", " and ").join(work.name for work in works if work.pending)
    heard = gettext("its process was last heard of {silence} ago")
    waiting = (
        gettext("waiting for {components}").format(components=names)
        if names
        else gettext("waiting for a component to register, or mark_complete()")
    )
    return f"{waiting}; {heard.format(silence=format_duration(silence))}"


def _count(works: Sequence[Work]) -> str:
    if not works:
        return gettext("it had no components")
    return gettext("{count} of {count} components settled").format(count=len(works))


def _others(works: Iterable[Work]) -> str:
    """Return the components that did not complete, and the reasons."""
    named = [
        f"{work.name} {label(work.status)}{_why(work)}"
        for work in works
        if work.status != Status.COMPLETE
    ]
    return f"; {', '.join(named)}" if named else ""


def _why(work: Work) -> str:
    return f" ({work.reason})" if work.reason and work.reason != work.status else ""


def _timeout(works: Iterable[Work], events: Iterable[JournalEvent]) -> str:
    if any(work.status == Status.TIMED_OUT and work.required for work in works):
        return gettext("a required component was silent for too long")
    triggers = [event.trigger for event in events]
    if "drain_over" in triggers:
        return gettext("the drain was over before all had settled")
    if "abort" in triggers:
        return gettext("the stream's whole life was over (DEADLINE)")
    return str(_REASONS[Verdict.TIMEOUT])
