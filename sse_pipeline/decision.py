"""The model that the machine drives: a draft of the next snapshot, and the frames it brings.

Its methods are the guards and effects that the table of `lifecycle` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .causes import Cause
from .frames import Frame, own
from .registry import Component, Status
from .snapshot import Snapshot, State
from .traffic import Tally

SUCCESS = "Answer pipeline completed successfully"
FAILURE = "Answer pipeline ended with an error"


class Decision:
    """One decision in the making."""

    __slots__ = ("draft", "frames", "now", "state")

    def __init__(self, snapshot: Snapshot, now: float) -> None:
        self.draft = snapshot
        self.state: State = snapshot.state
        self.now = now
        self.frames: list[Frame] = []
        if snapshot.version == 0:
            self._open()

    # Guards

    def is_new(self, cause: Cause) -> bool:
        return self.draft.registry.get(cause.name) is None

    def is_repeated(self, cause: Cause) -> bool:
        known, asked = self.draft.registry.get(cause.name), cause.component
        return bool(known and asked and known.pending and known.options_equal(asked))

    def is_pending(self, cause: Cause) -> bool:
        component = self.draft.registry.get(cause.name)
        return component is not None and component.pending

    def is_required(self, cause: Cause) -> bool:
        return self.draft.registry.components[cause.name].required

    def is_error(self, cause: Cause) -> bool:
        return cause.status is not Status.CANCELLED

    def is_last(self, cause: Cause) -> bool:
        return len(self.draft.registry.pending()) == 1

    def is_fatal(self, cause: Cause) -> bool:
        return cause.fatal

    def is_settled(self, cause: Cause) -> bool:
        return not self.draft.registry.pending()

    def is_acquitted(self, cause: Cause) -> bool:
        return self.draft.verdict is None

    # Effects

    def add(self, cause: Cause) -> None:
        assert cause.component is not None
        self._put(replace(cause.component, registered_at=self.now))

    def settle(self, cause: Cause) -> None:
        self._settle(cause.name, cause.status, cause.reason, cause.summary)

    def condemn(self, cause: Cause) -> None:
        if self.draft.verdict is None:
            self._update(verdict=cause.verdict)

    def report(self, cause: Cause) -> None:
        self._say(
            "stream_error", component=cause.name or None, message=cause.message, code=cause.code
        )

    def await_silence(self, cause: Cause) -> None:
        self._update(silence=self.draft.limits.drain_silence)

    def hasten(self, cause: Cause) -> None:
        if self.draft.stop_at is None:
            self._update(stop_at=self.now + self.draft.limits.drain_limit)

    def abandon(self, cause: Cause) -> None:
        for component in self.draft.registry.pending():
            self._settle(component.name, Status.ABANDONED, self.draft.verdict)

    # On entering a state

    def on_enter_draining(self, cause: Cause) -> None:
        waiting = [component.name for component in self.draft.registry.pending()]
        if waiting:
            reason = self.draft.verdict or cause.trigger
            self._say("draining", reason=reason, waiting_for=waiting)

    def on_enter_complete(self, cause: Cause) -> None:
        self._update(ended_at=self.now)
        self._say("complete", message=SUCCESS, components=self.draft.registry.ledger())

    def on_enter_errored(self, cause: Cause) -> None:
        self._update(ended_at=self.now)
        self._say(
            "errored",
            message=FAILURE,
            reason=self.draft.verdict,
            components=self.draft.registry.ledger(),
        )

    def _open(self) -> None:
        components = self.draft.registry.components
        self._say("stream", stream=self.draft.stream_id, components=list(components))
        self._update(opened_at=self.now)
        for component in components.values():
            self._put(replace(component, registered_at=self.now))

    def _settle(
        self,
        name: str,
        status: Status,
        reason: str | None,
        summary: Mapping[str, Any] | None = None,
    ) -> None:
        tally = self.draft.traffic.components.get(name) or Tally()
        component = self.draft.registry.components[name]
        self._put(component.settled(status, reason, self.now, tally, summary))

    def _put(self, component: Component) -> None:
        self._update(registry=self.draft.registry.put(component))
        self._say(
            "component",
            component=component.name,
            status=component.status,
            required=component.required,
            reason=component.reason,
        )

    def _update(self, **changes: Any) -> None:
        self.draft = replace(self.draft, **changes)

    def _say(self, event: str, **fields: Any) -> None:
        self.frames.append(own(event, **fields))
