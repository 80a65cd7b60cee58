"""The signals of the library, for the journal, metrics and a site's own code.

The signals of a stream are sent after the commit, when no lock is held, with `send_robust`. For one
stream they come in the order of versions, as far as this process made them. Each carries
`snapshot`, and so the version.
"""

from typing import Any

from django.dispatch import Signal

from .escaping import make_logger

logger = make_logger(__name__)

#: A commit was made: `cause`, and `steps`, the changes of state that it brought.
stream_changed = Signal(use_caching=True)
#: A stream was opened.
stream_opened = Signal(use_caching=True)
#: A component was registered: `component`.
component_registered = Signal(use_caching=True)
#: A component settled: `component`.
component_settled = Signal(use_caching=True)
#: An attempt of a component failed, and its next one may begin: `component`, with its number, and
#: `previous`, the component as it was.
component_retried = Signal(use_caching=True)
#: The state changed: `step`, with its trigger, source and destination.
state_changed = Signal(use_caching=True)
#: A stream reached its terminal state. `content` is a function that returns the merged content.
#: Over a shared store it waits for the store, and can't be called in an event loop.
stream_ended = Signal(use_caching=True)

#: The signals of a stream.
ALL = (
    stream_changed,
    stream_opened,
    component_registered,
    component_settled,
    component_retried,
    state_changed,
    stream_ended,
)

#: A sampled frame was handed to the server of a reader: `delay` in seconds since its `send`.
frame_delivered = Signal(use_caching=True)
#: The heartbeat of a reader found a frame that no wake-up had announced: `stream_id`.
wakeup_lost = Signal(use_caching=True)
#: A bound refused or cut something: `limit` is the name of its setting. Other details say what.
limit_reached = Signal()
#: The server of this process ends and waits for the receivers. They may block for a short time.
process_ending = Signal()
#: Somebody is about to act on a stream from outside: `entry`, an `access.audit_entry.AuditEntry`.
#: A receiver that raises keeps the action from being done.
intervening = Signal()
#: Somebody acted on a stream from outside: `stream_id`, `who` (the name of a user, or the owner
#: that a session is), `action`, `component`, `reason`, `via`, whether the action was
#: `taken`, and the `entry`.
#: `via` is the way of the staff (`admin`, `http` or `shell`), or the right of another sender
#: (`owner` or `authorize`). It is sent where the database may be used.
intervened = Signal()


def notify(signal: Signal, sender: Any, **details: Any) -> None:
    """Send a signal. The log gets the error of a receiver that raises; the others go on."""
    for receiver, result in signal.send_robust(sender=sender, **details):
        if isinstance(result, Exception):
            logger.error("%r failed on a signal", receiver, exc_info=result)


def notify_limit(setting: str, **details: Any) -> None:
    """Send `limit_reached`."""
    notify(limit_reached, None, limit=setting, **details)
