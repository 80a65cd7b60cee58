"""What producers report beside their frames: errors, notes and summaries, each within its bound.

The text of an error or a note is for people: one that is too long is cut, and says so. A summary is
for programs: one that is too large is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from .. import conf
from ..escaping import make_logger
from ..exceptions import LimitReached
from ..frames import encode, own
from ..lifecycle import causes
from ..lifecycle.causes import Cause
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import Snapshot
from ..validation import (
    between,
    filled_string,
    optional,
    short_string,
    shortened,
    shown,
    whole_or_zero,
)

logger = make_logger(__name__)

#: How many characters the log shows of what a producer named, and of the names that there are.
_SHOWN_NAME, _SHOWN_NAMES = 200, 1000
#: The largest place in a text or a speech: JavaScript counts no further.
LARGEST_PLACE = 2**53 - 1
_FRACTION = between(0.0, 1.0)
_PLACE = optional(whole_or_zero(most=LARGEST_PLACE))
#: A mapping that a component adds to the ledger; None for nothing.
Summary = Mapping[str, Any] | None


def check_summary(summary: Summary) -> None:
    """Check that the ledger can have a summary.

    Raises:
        InvalidFrame: It can't be encoded.
        LimitReached: It takes more than `MAX_SUMMARY_BYTES`.
    """
    if summary is None:
        return
    encode("summary", {"summary": summary})  # refuses NaN
    # As strict as the frame and the record of the end.
    size, most = len(own("summary", summary=summary).body), conf.get().MAX_SUMMARY_BYTES
    if size > most:
        raise LimitReached("MAX_SUMMARY_BYTES", most, f"the summary takes {size} bytes")


def check_progress(fraction: float, text: str) -> None:
    """Check that a component can say that it is so far.

    Raises:
        ValueError: It can't; the message names the argument.
    """
    complaints = {
        "fraction": _FRACTION(fraction),
        "text": short_string(conf.get().MAX_TEXT_CHARACTERS)(text),
    }
    values = {"fraction": fraction, "text": text}
    for name, complaint in complaints.items():
        if complaint:
            raise ValueError(f"{name}: {complaint}, not {shown(values[name])}")


def failure(name: str, error: BaseException | str, text: str, summary: Summary) -> Cause:
    """Return the cause for a component that failed. Readers see its text if `EXPOSE_ERRORS` is set.

    A `CancelledError` means that the component was cancelled.
    """
    if isinstance(error, asyncio.CancelledError):
        return causes.fail(name, Status.CANCELLED, summary=summary)
    shown = text if conf.get().EXPOSE_ERRORS else None
    return causes.fail(name, Status.FAILED, shown, shown, summary)


def reported_error(message: str, component: str, code: str | None, *, fatal: bool) -> Cause:
    """Return the cause for an error that a producer reports."""
    return causes.report_error(
        cut(str(message)), cut(str(component)), code and cut(str(code)), fatal
    )


def stop(by: str, heard_ms: int | None, heard_offset: int | None) -> Cause:
    """Return the cause for a stop. The name of whoever stops it is cut.

    Raises:
        ValueError: `by` is empty, or a place is not a whole number from 0.
    """
    complaints = {
        "by": filled_string(by),
        "heard_ms": _PLACE(heard_ms),
        "heard_offset": _PLACE(heard_offset),
    }
    for name, complaint in complaints.items():
        if complaint:
            raise ValueError(f"{name}: {complaint}")
    return causes.stop(cut(by), heard_ms, heard_offset)


def text_of(error: BaseException | str) -> str:
    """Return the text of an error, without what UTF-8 can't encode, such as in a name of a file."""
    try:
        return cut(str(error)).encode(errors="replace").decode()
    except Exception:  # noqa: BLE001 - an error that has no text must settle its component, too
        return type(error).__name__


def cut(text: str) -> str:
    """Cut a text after `MAX_TEXT_CHARACTERS`."""
    return shortened(text, conf.get().MAX_TEXT_CHARACTERS)


def log_ignored(cause: Cause, snapshot: Snapshot) -> None:
    """Say that a cause changed nothing; warn of a name that nobody registered."""
    name = shortened(cause.name, _SHOWN_NAME)
    extra = {"stream_id": snapshot.stream_id, "component": name}
    if cause.name and snapshot.registry.get(cause.name) is None:
        names = ", ".join(snapshot.registry.components) or "(none)"
        logger.warning(
            "%s %r was ignored: stream %s has the components %s",
            cause.trigger, name, snapshot.stream_id, shortened(names, _SHOWN_NAMES), extra=extra,
        )  # fmt: skip
    else:
        logger.info(
            "%s was ignored: stream %s is %s",
            f"{cause.trigger} {name}".rstrip(), snapshot.stream_id, snapshot.state, extra=extra,
        )  # fmt: skip
