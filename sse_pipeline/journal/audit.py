"""The audit in the database: a row before each action of somebody on a stream."""

from typing import Any

from django.db import Error

from .. import signals
from ..access.actions import Grant
from ..access.audit_entry import AuditEntry
from ..escaping import escape_controls, make_logger
from ..exceptions import NotRecorded
from ..models import Intervention
from .recorder import recorder

logger = make_logger(__name__)


def write_before(entry: AuditEntry, **_: Any) -> None:
    """Write an action before it is done: it is not known yet whether it changes anything.

    Raises:
        NotRecorded: The database does not take it.
    """
    try:
        _write(entry, taken=None)
    except Error as error:
        raise NotRecorded from error


def write_after(entry: AuditEntry, *, taken: bool, **_: Any) -> None:
    """Write what became of an action, or the log has it."""
    try:
        if entry.row is None:
            _write(entry, taken=taken)
        else:
            entry.row.taken = taken
            entry.row.save(update_fields=["taken"])
    except Error:
        logger.exception(
            "this could not be written into the database: %s on stream %s by %s (%s), %s: %s",
            f"{entry.action} {entry.component}".rstrip(), entry.stream_id, entry.who, entry.via,
            "taken" if taken else "without effect", entry.reason,
        )  # fmt: skip


def _write(entry: AuditEntry, *, taken: bool | None) -> None:
    """Write a row. An action of the staff always has one, another one if the journal is kept."""
    if entry.via in set(Grant) and not recorder.records:
        return
    entry.row = Intervention.objects.create(
        stream_id=entry.stream_id,
        username=escape_controls(entry.who)[:255],
        action=entry.action,
        component=escape_controls(entry.component)[:100],
        reason=escape_controls(entry.reason)[:255],
        via=entry.via,
        taken=taken,
    )


def connect() -> None:
    """Listen to the actions."""
    # Not through the backlog, which may lose records: an action must leave a trace.
    signals.intervening.connect(write_before)
    signals.intervened.connect(write_after)
