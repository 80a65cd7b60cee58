"""The guards that `table` names: what holds of a stream, and of the component of a cause."""

from __future__ import annotations

from .causes import Cause
from .deadlines import ready_finalizer
from .registry import Status
from .snapshot import Snapshot, Verdict


class Guards:
    """The guards of a snapshot in the making. None of them changes it."""

    __slots__ = ()

    snapshot: Snapshot
    now: float

    def is_unopened(self, cause: Cause) -> bool:
        return self.snapshot.version == 0

    def is_new(self, cause: Cause) -> bool:
        return self.snapshot.registry.get(cause.name) is None

    def has_room(self, cause: Cause) -> bool:
        return len(self.snapshot.registry.components) < self.snapshot.limits.components

    def is_reportable(self, cause: Cause) -> bool:
        return self.snapshot.errors < self.snapshot.limits.errors

    def is_repeated(self, cause: Cause) -> bool:
        known, asked = self.snapshot.registry.get(cause.name), cause.component
        return bool(known and asked and known.pending and known.options_equal(asked))

    def is_pending(self, cause: Cause) -> bool:
        component = self.snapshot.registry.get(cause.name)
        named = cause.attempt is None or (component and component.attempt == cause.attempt)
        return bool(named and component and component.pending and component.finalizer is None)

    def is_open_ended(self, cause: Cause) -> bool:
        return self.snapshot.stop_at is None and self.snapshot.verdict is None

    def is_retryable(self, cause: Cause) -> bool:
        return cause.retryable and self.is_open_ended(cause) and self.has_attempts(cause)

    def is_free(self, cause: Cause) -> bool:
        return self.snapshot.registry.components[cause.name].began_at is None

    def is_first(self, cause: Cause) -> bool:
        return self.snapshot.registry.components[cause.name].attempt == 1

    def is_working(self, cause: Cause) -> bool:
        return not self.is_waiting(cause)

    def is_waiting(self, cause: Cause) -> bool:
        return self.snapshot.registry.components[cause.name].waiting is not None

    def is_later(self, cause: Cause) -> bool:
        # Two threads of a process, or an attempt that is repeated, may tell in another order.
        known = self.snapshot.registry.components[cause.name].progress
        return cause.progress is not None and (known is None or known.at < cause.progress.at)

    def is_required(self, cause: Cause) -> bool:
        return self.snapshot.registry.components[cause.name].required

    def is_error(self, cause: Cause) -> bool:
        return cause.status is not Status.CANCELLED

    def is_last(self, cause: Cause) -> bool:
        return len(self.snapshot.registry.pending()) == 1

    def is_fatal(self, cause: Cause) -> bool:
        return cause.fatal

    def is_settled(self, cause: Cause) -> bool:
        return not self.snapshot.registry.pending()

    def is_required_pending(self, cause: Cause) -> bool:
        registry, decided = self.snapshot.registry, self.is_decided(cause)
        late = registry.pending() if decided else registry.pending_producers()
        return any(component.required for component in late)

    def is_shutdown(self, cause: Cause) -> bool:
        return cause.verdict is Verdict.SHUTDOWN

    def is_decided(self, cause: Cause) -> bool:
        return self.snapshot.finalize_by is not None

    def is_undecided(self, cause: Cause) -> bool:
        return self.snapshot.finalize_by is None

    def has_finalizers(self, cause: Cause) -> bool:
        return any(component.finalizer for component in self.snapshot.registry.pending())

    def is_left_to_finalizers(self, cause: Cause) -> bool:
        return self.snapshot.left_to_finalizers

    def has_settled(self, cause: Cause) -> bool:
        return any(component.finalizer is None for component in self.snapshot.registry)

    def is_ready(self, cause: Cause) -> bool:
        ready = ready_finalizer(self.snapshot, self.now)
        return ready is not None and (ready.name, ready.attempt) == (cause.name, cause.attempt)

    def is_run(self, cause: Cause) -> bool:
        component = self.snapshot.registry.get(cause.name)
        return (
            component is not None
            and component.pending
            and component.runs
            and component.attempt == cause.attempt
        )

    def has_attempts(self, cause: Cause) -> bool:
        component = self.snapshot.registry.components[cause.name]
        return component.attempt < component.attempts

    def is_blameless(self, cause: Cause) -> bool:
        return self.snapshot.verdict is None

    def is_untold(self, cause: Cause) -> bool:
        return self.snapshot.stop_at is None

    def is_stopped(self, cause: Cause) -> bool:
        # What condemns the stream later, such as a cancel, counts more than the stop.
        return self.snapshot.stopped is not None and self.snapshot.verdict is None
