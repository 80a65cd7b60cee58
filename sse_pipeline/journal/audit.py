"""The audit: each action of somebody on a stream is written at once, or the log has it."""

from typing import Any

from django.db import Error

from .. import signals
from ..access.actions import Grant
from ..escaping import escape_controls, make_logger
from ..models import Intervention
from .recorder import recorder

logger = make_logger(__name__)


def write_intervention(
    *,
    stream_id: str,
    who: str,
    action: str,
    component: str,
    reason: str,
    via: str,
    taken: bool,
    **_: Any,
) -> None:
    """Write an action: who, when, the stream, the reason and the way.

    An action of the staff is always written. One of another sender belongs to the journal, and is
    written if the journal is.
    """
    if via in set(Grant) and not recorder.records:
        return
    try:
        Intervention.objects.create(
            stream_id=stream_id,
            username=escape_controls(who)[:255],
            action=action,
            component=escape_controls(component)[:100],
            reason=escape_controls(reason)[:255],
            via=via,
            taken=taken,
        )
    except Error:
        logger.exception(
            "this could not be written into the database: %s on stream %s by %s (%s): %s",
            f"{action} {component}".rstrip(), stream_id, who, via, reason,
        )  # fmt: skip


def connect() -> None:
    """Listen to the actions."""
    # Not through the backlog, which may lose records: an action must leave a trace.
    signals.intervened.connect(write_intervention)
