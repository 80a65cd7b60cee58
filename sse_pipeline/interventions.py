"""Stepping in: what a member of the staff does to a stream, carried out and written down."""

from typing import Any

from . import signals
from .handler import SSEHandler
from .models import Intervention


def cancel(stream_id: str, user: Any, reason: str, via: str = "admin") -> bool:
    """Cancel a stream; False where it has ended. Raises `StreamNotFound`."""
    taken = SSEHandler.attach(stream_id).cancel()
    _tell(stream_id, user, Intervention.Action.CANCEL, reason=reason, via=via, taken=taken)
    return taken


def settle(stream_id: str, user: Any, component: str, reason: str, via: str = "admin") -> bool:
    """Complete a component by force; False where it is not pending. Raises `StreamNotFound`."""
    taken = SSEHandler.attach(stream_id).mark_component_complete(component)
    _tell(
        stream_id,
        user,
        Intervention.Action.SETTLE,
        component=component,
        reason=reason,
        via=via,
        taken=taken,
    )
    return taken


def _tell(stream_id: str, user: Any, action: str, **details: Any) -> None:
    signals.tell(
        signals.staff_intervened,
        SSEHandler,
        stream_id=stream_id,
        user=user,
        action=action,
        **{"component": "", **details},
    )
