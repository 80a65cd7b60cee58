"""Interventions: actions of the staff on a stream, carried out and announced."""

from typing import Any

from .. import signals
from ..handler import SSEHandler
from ..models import Intervention


def cancel(stream_id: str, user: Any, reason: str, via: str = "admin") -> bool:
    """Cancel a stream; return False if it has ended.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
    """
    taken = SSEHandler.attach(stream_id).cancel()
    signals.notify_intervention(
        SSEHandler,
        stream_id=stream_id,
        who=str(user.get_username()),
        action=Intervention.Action.CANCEL,
        reason=reason,
        via=via,
        taken=taken,
    )
    return taken


def settle(stream_id: str, user: Any, component: str, reason: str, via: str = "admin") -> bool:
    """Complete a component by force; return False if it is not pending.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
    """
    taken = SSEHandler.attach(stream_id).mark_component_complete(component)
    signals.notify_intervention(
        SSEHandler,
        stream_id=stream_id,
        who=str(user.get_username()),
        action=Intervention.Action.SETTLE,
        component=component,
        reason=reason,
        via=via,
        taken=taken,
    )
    return taken
