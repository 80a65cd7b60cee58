"""Interventions: actions of the staff on a stream, written down and carried out."""

from collections.abc import Callable
from typing import Any

from ..access.audit_entry import AuditEntry
from ..handler import SSEHandler
from ..models import Intervention


def cancel(stream_id: str, user: Any, reason: str, via: str = "admin") -> bool:
    """Cancel a stream; return False if it has ended.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
        NotRecorded: The database does not take the action. Nothing was done.
    """
    handler = SSEHandler.attach(stream_id)
    who = str(user.get_username())
    entry = AuditEntry(stream_id, who, Intervention.Action.CANCEL, reason, via)
    return _carry_out(entry, handler.cancel)


def stop(stream_id: str, user: Any, reason: str, via: str = "admin") -> bool:
    """Stop a stream: what it has counts. Return False if its producers were told before.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
        NotRecorded: The database does not take the action. Nothing was done.
    """
    handler = SSEHandler.attach(stream_id)
    who = str(user.get_username())
    entry = AuditEntry(stream_id, who, Intervention.Action.STOP, reason, via)
    return _carry_out(entry, lambda: handler.stop("staff"))


def settle(stream_id: str, user: Any, component: str, reason: str, via: str = "admin") -> bool:
    """Complete a component by force; return False if it is not pending.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
        NotRecorded: The database does not take the action. Nothing was done.
    """
    handler = SSEHandler.attach(stream_id)
    who = str(user.get_username())
    entry = AuditEntry(stream_id, who, Intervention.Action.SETTLE, reason, via, component)
    return _carry_out(entry, lambda: handler.mark_component_complete(component))


def _carry_out(entry: AuditEntry, act: Callable[[], bool]) -> bool:
    entry.begin()
    taken = act()
    entry.end(taken=taken)
    return taken
