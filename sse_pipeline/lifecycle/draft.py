"""The model that the machine drives: the next snapshot while it is being decided.

Its public methods are the effects that `table` names; its guards are in `guards`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..frames import Frame, own, own_with_ledger
from .causes import Cause
from .guards import Guards
from .registry import Component, Status
from .snapshot import Snapshot, State
from .traffic import Tally

SUCCESS = "Answer pipeline completed successfully"
FAILURE = "Answer pipeline ended with an error"
#: So often the pause between the runs of a finalizer doubles at most.
MOST_DOUBLINGS = 20


class Draft(Guards):
    """A snapshot in the making, and the frames that it sends so far."""

    __slots__ = ("_unsent", "changed", "frames", "now", "snapshot", "state")

    def __init__(self, snapshot: Snapshot, now: float) -> None:
        self.snapshot = snapshot
        self.state: State = snapshot.state
        self.now = now
        self.frames: list[Frame] = []
        #: The components that were added or changed, by name.
        self.changed: dict[str, Component] = {}
        self._unsent: list[Component] = []  # those of them that the reader has to hear of

    # Effects that change the snapshot

    def open(self, cause: Cause) -> None:
        self._update(opened_at=self.now)
        self._put(*(replace(each, registered_at=self.now) for each in self.snapshot.registry))

    def add(self, cause: Cause) -> None:
        assert cause.component is not None
        self._put(replace(cause.component, registered_at=self.now))

    def settle(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._put(self._settled(component, cause.status, cause.reason, cause.summary))

    def settle_stopped(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._put(self._settled(component, Status.STOPPED, Status.STOPPED, cause.summary))

    def abandon(self, cause: Cause) -> None:
        late = self.snapshot.registry.pending_producers()
        self._settle_all(late, Status.ABANDONED, self.snapshot.verdict)

    def abandon_all(self, cause: Cause) -> None:
        late = self.snapshot.registry.pending()
        self._settle_all(late, Status.ABANDONED, self.snapshot.verdict)

    def stop_all(self, cause: Cause) -> None:
        late = self.snapshot.registry.pending_producers()
        self._settle_all(late, Status.STOPPED, Status.STOPPED)

    def begin_attempt(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._change(replace(component, began_at=self.now))

    def rest(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        finalizer = component.finalizer
        assert finalizer is not None
        pause = finalizer.pause * 2 ** min(component.attempt - 1, MOST_DOUBLINGS)
        rested = replace(finalizer, not_before=self.now + pause)
        again = replace(component, attempt=component.attempt + 1, began_at=None, finalizer=rested)
        self._change(again)

    def wait(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._put(replace(component, waiting=cause.waiting))

    def go_on(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._put(replace(component, waiting=None, waited_at=self.now))

    def keep_progress(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._put(replace(component, progress=cause.progress))

    def set_free(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        attempt = component.attempt + 1
        free = replace(component, attempt=attempt, began_at=None, free_at=self.now, waiting=None)
        self._put(free)

    def take(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        self._change(replace(component, began_at=self.now))

    def take_again(self, cause: Cause) -> None:
        component = self.snapshot.registry.components[cause.name]
        attempt = component.attempt + (component.began_at is not None)
        # What there is counts after a stop: whoever takes it then should end, and send nothing.
        resumes = cause.resumes or not self.is_open_ended(cause)
        taken = replace(component, attempt=attempt, began_at=self.now, waiting=None)
        self._put(taken if resumes else replace(taken, since=attempt, progress=None))

    def keep_stop(self, cause: Cause) -> None:
        self._update(stopped=cause.stopped)

    def count_error(self, cause: Cause) -> None:
        self._update(errors=self.snapshot.errors + 1)

    def set_verdict(self, cause: Cause) -> None:
        if self.snapshot.verdict is None:  # the first fatal reason stays
            self._update(verdict=cause.verdict)

    def limit_silence(self, cause: Cause) -> None:
        self._update(silence=self.snapshot.limits.drain_silence)

    def limit_time(self, cause: Cause) -> None:
        if self.snapshot.stop_at is None:  # a second failure does not prolong the drain
            self._update(stop_at=self.now + self.snapshot.limits.drain_limit)

    def limit_finalizing(self, cause: Cause) -> None:
        self._update(finalize_by=self.now + self.snapshot.limits.finalizing)

    def end(self, cause: Cause) -> None:
        self._update(ended_at=self.now)

    # Effects that send frames

    def send_stream(self, cause: Cause) -> None:
        names = list(self.snapshot.registry.components)
        self._send("stream", stream=self.snapshot.stream_id, components=names)

    def send_components(self, cause: Cause) -> None:
        for component in self._unsent:
            self._send(
                "component",
                component=component.name,
                status=component.status,
                required=component.required,
                reason=component.reason,
                **_more_of(component, begins=cause.trigger == "take"),
            )
        self._unsent.clear()

    def send_error(self, cause: Cause) -> None:
        name = cause.name or None
        self._send("stream_error", component=name, message=cause.message, code=cause.code)

    def send_draining(self, cause: Cause) -> None:
        waiting_for = [component.name for component in self.snapshot.registry.pending()]
        reason = self.snapshot.verdict or cause.trigger
        self._send("draining", reason=reason, waiting_for=waiting_for)

    def send_complete(self, cause: Cause) -> None:
        self._send_end("complete", message=self.snapshot.success_message or SUCCESS)

    def send_errored(self, cause: Cause) -> None:
        self._send_end("errored", message=FAILURE, reason=self.snapshot.verdict)

    def _send_end(self, event: str, **fields: Any) -> None:
        if (stop := self.snapshot.stopped) is not None:
            heard = {"heard_ms": stop.heard_ms, "heard_offset": stop.heard_offset}
            told = {name: place for name, place in heard.items() if place is not None}
            fields |= {"stopped": True, "stopped_by": stop.by, **told}
        sources = {each.name: each.source for each in self.snapshot.registry}
        self.frames.append(own_with_ledger(event, self.snapshot.ledger(), sources, **fields))

    def _settle_all(self, components: list[Component], status: Status, reason: str | None) -> None:
        self._put(*(self._settled(each, status, reason) for each in components))

    def _settled(
        self,
        component: Component,
        status: Status,
        reason: str | None,
        summary: Mapping[str, Any] | None = None,
    ) -> Component:
        tally = self.snapshot.traffic.components.get(component.source) or Tally()
        return component.settled(status, reason, self.now, tally, summary)

    def _put(self, *components: Component) -> None:
        # All at once: each registry is a copy of the one before.
        self._change(*components)
        self._unsent += components

    def _change(self, *components: Component) -> None:
        self._update(registry=self.snapshot.registry.put(*components))
        self.changed.update({each.name: each for each in components})

    def _update(self, **changes: Any) -> None:
        self.snapshot = replace(self.snapshot, **changes)

    def _send(self, event: str, **fields: Any) -> None:
        self.frames.append(own(event, **fields))


def _more_of(component: Component, begins: bool) -> dict[str, Any]:
    """Return what readers are told of a further attempt, of a wait, and of how far it is."""
    told: dict[str, Any] = {}
    if component.progress is not None:
        told["progress"] = component.progress.told()
    if component.waiting is not None:
        told["waiting"] = component.waiting.what
    if component.attempt > 1:
        told["attempt"] = component.attempt
        if begins:
            told["restart"] = component.since == component.attempt
    return told
