"""What the flow announces to whoever listens: the journal, metrics, a site's own code.

Each signal is sent after the commit, off every lock, with `send_robust`; for one stream in the
order of versions, as far as this process made them. All carry `snapshot`, and so its version.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.dispatch import Signal

from .lifecycle import Outcome
from .snapshot import Snapshot

logger = logging.getLogger(__name__)

#: A stream was opened.
stream_opened = Signal()
#: A component was registered: `component`.
component_registered = Signal()
#: A component settled: `component`.
component_settled = Signal()
#: The state changed: `step`, with its trigger, source and destination.
state_changed = Signal()
#: A stream reached its terminal state.
stream_ended = Signal()

ALL = (stream_opened, component_registered, component_settled, state_changed, stream_ended)

Announcement = tuple[Signal, dict[str, Any]]


def announcements(old: Snapshot, outcome: Outcome) -> Iterator[Announcement]:
    """Tell what a commit changed, in the order in which it happened."""
    new = outcome.snapshot
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


def announce(old: Snapshot, outcome: Outcome) -> None:
    """Send the signals of one commit."""
    new = outcome.snapshot
    for signal, details in announcements(old, outcome):
        for receiver, result in signal.send_robust(sender=Snapshot, snapshot=new, **details):
            if isinstance(result, Exception):
                logger.error("%r failed on a signal", receiver, exc_info=result)
