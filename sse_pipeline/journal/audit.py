"""The audit: each action of the staff is written at once, or an error is logged."""

from typing import Any

from .. import signals
from ..escaping import escape_controls
from ..models import Intervention


def write_intervention(
    *,
    stream_id: str,
    user: Any,
    action: str,
    component: str,
    reason: str,
    via: str,
    taken: bool,
    **_: Any,
) -> None:
    """Write an action of the staff: the user, the stream, the reason and the way."""
    Intervention.objects.create(
        stream_id=stream_id,
        username=escape_controls(str(user.get_username()))[:255],
        action=action,
        component=escape_controls(component)[:100],
        reason=escape_controls(reason)[:255],
        via=via,
        taken=taken,
    )


def connect() -> None:
    """Listen to the actions of the staff."""
    # Not through the backlog, which may lose records: an action of the staff must leave a trace.
    signals.staff_intervened.connect(write_intervention)
