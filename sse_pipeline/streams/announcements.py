"""Announcements: the signals of each commit, in the order of versions.

Two threads of one process may win two versions of a stream one right after the other, and the
second may come back from its commit first. A receiver that saw version 8 before version 7 would
show a stream that goes back. A lock around commit and signal would order them, but receivers are
other people's code: they may block, and they may commit to the same stream. So there is a
turnstile. It holds no lock while a signal is sent.
"""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.dispatch import Signal

from .. import signals
from ..lifecycle.causes import Cause
from ..lifecycle.decision import Outcome
from ..lifecycle.snapshot import Snapshot
from .stream_content import content_at_end

Announcement = tuple[Signal, dict[str, Any]]


def announcements(old: Snapshot, outcome: Outcome, cause: Cause) -> Iterator[Announcement]:
    """Yield the signals of a commit, in the order in which things happened."""
    new = outcome.snapshot
    yield signals.stream_changed, {"cause": cause, "steps": outcome.steps}
    if old.version == 0:
        yield signals.stream_opened, {}
    for component in outcome.changed:
        known = old.registry.get(component.name) if old.version else None
        if known is None:
            yield signals.component_registered, {"component": component}
        if not component.pending and (known is None or known.pending):
            yield signals.component_settled, {"component": component}
        if known is not None and component.attempt > known.attempt:
            yield signals.component_retried, {"component": component, "previous": known}
    for step in outcome.steps:
        yield signals.state_changed, {"step": step}
    if new.terminal:
        yield signals.stream_ended, {"content": content_at_end(new)}


def announce(old: Snapshot, outcome: Outcome, cause: Cause) -> None:
    """Send the signals of one commit."""
    for signal, details in announcements(old, outcome, cause):
        signals.notify(signal, Snapshot, snapshot=outcome.snapshot, **details)


class Turnstile:
    """Lets the announcements of this process through, for each stream in the order of versions.

    A caller enters with the version that it tries to commit. It leaves with an announcement, or
    with nothing if it lost the race. An announcement waits for each caller that tries a lower
    version. The caller that leaves last makes the announcements of the others, too.
    """

    def __init__(self) -> None:
        self.reset()

    def __len__(self) -> int:
        """Return the number of streams for which a commit or an announcement is under way."""
        return len(self._queues)

    def reset(self) -> None:
        """Forget everything. A forked child calls this: the threads of the parent never leave."""
        #: Guards `_queues` and the fields of each queue. No other lock is taken while it is held.
        self._lock = threading.Lock()
        self._queues: dict[str, _AnnouncementQueue] = {}

    def enter(self, stream_id: str, version: int) -> None:
        """Hold back the announcements of higher versions until `leave`."""
        with self._lock:
            self._queues.setdefault(stream_id, _AnnouncementQueue()).trying.append(version)

    def leave(
        self, stream_id: str, version: int, announcement: Callable[[], None] | None = None
    ) -> None:
        """Take `enter` back, and make the announcements whose turn it is."""
        with self._lock:
            queue = self._queues[stream_id]
            queue.trying.remove(version)
            if announcement is not None:
                queue.ready[version] = announcement
        while (make := self._next(stream_id)) is not None:
            try:
                make()
            finally:
                with self._lock:
                    queue.busy = False

    def _next(self, stream_id: str) -> Callable[[], None] | None:
        with self._lock:
            queue = self._queues.get(stream_id)
            # Busy: another thread announces. It asks for the next one when it is done.
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


class _AnnouncementQueue:
    """The versions of one stream that are being tried, and the announcements that wait."""

    __slots__ = ("busy", "ready", "trying")

    def __init__(self) -> None:
        self.trying: list[int] = []
        self.ready: dict[int, Callable[[], None]] = {}
        self.busy = False


turnstile = Turnstile()
os.register_at_fork(after_in_child=turnstile.reset)
