"""The audit: what members of the staff did is written at once, or an error is logged."""

from typing import Any

from .. import signals
from ..models import Intervention


def write(
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
    """Write down who did what to a stream, why, and by which way."""
    Intervention.objects.create(
        stream_id=stream_id,
        username=user.get_username()[:255],
        action=action,
        component=component,
        reason=reason[:255],
        via=via,
        taken=taken,
    )


def connect() -> None:
    """Listen to what the staff does."""
    signals.staff_intervened.connect(write)
