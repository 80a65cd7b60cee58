"""What the flow announces to whoever listens: the journal, metrics, a site's own code.

Those of a stream are sent after the commit, off every lock, with `send_robust`; for one stream in
the order of versions, as far as this process made them. They carry `snapshot`, and so its version.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.dispatch import Signal

from .causes import Cause
from .lifecycle import Outcome
from .snapshot import Snapshot

logger = logging.getLogger(__name__)

#: A commit, whatever it changed: `cause`, and `steps`, the changes of state that it brought.
stream_changed = Signal(use_caching=True)
#: A stream was opened.
stream_opened = Signal(use_caching=True)
#: A component was registered: `component`.
component_registered = Signal(use_caching=True)
#: A component settled: `component`.
component_settled = Signal(use_caching=True)
#: The state changed: `step`, with its trigger, source and destination.
state_changed = Signal(use_caching=True)
#: A stream reached its terminal state.
stream_ended = Signal(use_caching=True)

ALL = (
    stream_changed,
    stream_opened,
    component_registered,
    component_settled,
    state_changed,
    stream_ended,
)

#: A frame was handed to the server of a reader, one of some: `delay` in seconds since its `send`.
frame_delivered = Signal(use_caching=True)
#: A reader found by its heartbeat what no wake-up had told it: `stream_id`.
wakeup_lost = Signal(use_caching=True)
#: The server of this process ends, and waits for the receivers: they may block for a little.
process_ending = Signal()
#: A member of the staff stepped in: `stream_id`, `user`, `action`, `component`, `reason`, `via`
#: and whether it was `taken`. Sent where the database may be used.
staff_intervened = Signal()

Announcement = tuple[Signal, dict[str, Any]]


def announcements(old: Snapshot, outcome: Outcome, cause: Cause) -> Iterator[Announcement]:
    """Tell what a commit changed, in the order in which it happened."""
    new = outcome.snapshot
    yield stream_changed, {"cause": cause, "steps": outcome.steps}
    if old.version == 0:
        yield stream_opened, {}
    for component in new.registry:
        known = old.registry.get(component.name) if old.version else None
        if known is None:
            yield component_registered, {"component": component}
        if not component.pending and (known is None or known.pending):
            yield component_settled, {"component": component}
    for step in outcome.steps:
        yield state_changed, {"step": step}
    if new.terminal:
        yield stream_ended, {}


class Turnstile:
    """Lets the announcements of one process through: for each stream in the order of versions.

    A committer enters with the version it tries for, and leaves with what it has to announce, or
    with nothing where it lost. What it announces waits for those who tried for a lower version.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all: after a fork, the parent's threads never leave."""
        self._lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}

    def enter(self, stream_id: str, version: int) -> None:
        """Announce nothing above this version until `leave`."""
        with self._lock:
            self._queues.setdefault(stream_id, _Queue()).trying.append(version)

    def leave(
        self, stream_id: str, version: int, announce: Callable[[], None] | None = None
    ) -> None:
        """Take `enter` back, and make the announcement in its turn."""
        with self._lock:
            queue = self._queues[stream_id]
            queue.trying.remove(version)
            if announce is not None:
                queue.ready[version] = announce
        while (turn := self._turn(stream_id)) is not None:
            try:
                turn()
            finally:
                with self._lock:
                    queue.busy = False

    def _turn(self, stream_id: str) -> Callable[[], None] | None:
        with self._lock:
            queue = self._queues.get(stream_id)
            if queue is None or queue.busy:
                return None
            lowest = min(queue.ready, default=None)
            if lowest is None:
                if not queue.trying:
                    del self._queues[stream_id]
                return None
            if any(version < lowest for version in queue.trying):
                return None
            queue.busy = True
            return queue.ready.pop(lowest)


class _Queue:
    __slots__ = ("busy", "ready", "trying")

    def __init__(self) -> None:
        self.trying: list[int] = []
        self.ready: dict[int, Callable[[], None]] = {}
        self.busy = False


turnstile = Turnstile()
os.register_at_fork(after_in_child=turnstile.reset)


def tell(signal: Signal, sender: Any, **details: Any) -> None:
    """Send a signal; a receiver that raises is logged, and harms nobody."""
    for receiver, result in signal.send_robust(sender=sender, **details):
        if isinstance(result, Exception):
            logger.error("%r failed on a signal", receiver, exc_info=result)


def announce(old: Snapshot, outcome: Outcome, cause: Cause) -> None:
    """Send the signals of one commit."""
    for signal, details in announcements(old, outcome, cause):
        tell(signal, Snapshot, snapshot=outcome.snapshot, **details)
