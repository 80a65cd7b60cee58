"""The bounds of a stream in time, and the cause that is due when a bound is reached."""

import math

from . import causes
from .causes import FINALIZE, Cause
from .registry import Component, Status
from .snapshot import Snapshot, State, Verdict
from .waiting import Waiting


def due_at(snapshot: Snapshot) -> float:
    """Return the time at which the first bound is reached if nothing more happens; or infinity."""
    if snapshot.terminal:
        return math.inf
    pending = snapshot.registry.pending()
    silences = [_silent_at(snapshot, each) for each in pending]
    claims = [_unclaimed_at(snapshot, each) for each in pending]
    ends = _deadline(snapshot), _drain_over_at(snapshot), _finalizers_due_at(snapshot)
    return min(*ends, *silences, *claims, math.inf)


def overdue(snapshot: Snapshot, now: float) -> Cause | None:
    """Return the cause of a bound that is reached, the gravest first; None if none is reached."""
    if snapshot.terminal:
        return None
    if now >= _deadline(snapshot):
        return causes.abort(Verdict.TIMEOUT)
    if now >= _drain_over_at(snapshot):
        return causes.DRAIN_OVER
    if _is_left_undecided(snapshot):
        return FINALIZE
    causes_of_all = (_overdue(snapshot, each, now) for each in snapshot.registry.pending())
    return next((cause for cause in causes_of_all if cause), None)


def ready_finalizer(snapshot: Snapshot, now: float) -> Component | None:
    """Return the finalizer of which a run may begin; None while one runs, or if none may."""
    if snapshot.terminal or snapshot.finalize_by is None:
        return None
    pending = snapshot.registry.pending()
    if any(each.runs for each in pending):
        return None
    return next((each for each in pending if now >= _run_due_at(each)), None)


def _overdue(snapshot: Snapshot, component: Component, now: float) -> Cause | None:
    name = component.name
    if component.finalizer is not None:
        return _overdue_run(snapshot, component, now) if component.runs else None
    if _is_lost(snapshot, component):
        reason = "its process does not live any more"
        return causes.fail(
            name, Status.LOST, reason, attempt=component.attempt, retryable=not component.is_free
        )
    if now >= _unclaimed_at(snapshot, component):
        limit = snapshot.limits.claim if component.is_free else component.claim_within
        return causes.fail(name, Status.LOST, f"nobody took it for {limit:g} s")
    if component.waiting is not None:
        return _overdue_wait(component, component.waiting, now)
    if now >= _silent_at(snapshot, component):
        return causes.fail(name, Status.TIMED_OUT, f"silent for {component.timeout:g} s")
    return None


def _overdue_wait(component: Component, waiting: Waiting, now: float) -> Cause | None:
    if now < waiting.since + waiting.limit:
        return None
    reason = f"waited for {waiting.what} for {waiting.limit:g} s"
    return causes.fail(component.name, Status.TIMED_OUT, reason)


def _overdue_run(snapshot: Snapshot, component: Component, now: float) -> Cause | None:
    assert component.finalizer is not None
    name, attempt = component.name, component.attempt
    if _is_lost(snapshot, component):
        reason = "the process that ran it does not live any more"
        return causes.fail(name, Status.LOST, reason, attempt=attempt)
    if now >= _run_due_at(component):
        reason = f"it ran for more than {component.finalizer.limit:g} s"
        return causes.fail(name, Status.TIMED_OUT, reason, attempt=attempt)
    return None


def _finalizers_due_at(snapshot: Snapshot) -> float:
    if snapshot.finalize_by is None:
        return 0.0 if _is_left_undecided(snapshot) else math.inf
    pending = snapshot.registry.pending()
    running = [each for each in pending if each.runs]
    return min(map(_run_due_at, running or pending), default=math.inf)


def _run_due_at(component: Component) -> float:
    """Return when the run of a finalizer is given up, or may begin."""
    finalizer = component.finalizer
    assert finalizer is not None
    if component.began_at is None:
        return finalizer.not_before
    return component.began_at + finalizer.limit


def _is_left_undecided(snapshot: Snapshot) -> bool:
    """Return whether a release that knows no finalizers settled the last other component."""
    others = any(each.finalizer is None for each in snapshot.registry)
    return snapshot.left_to_finalizers and snapshot.finalize_by is None and others


def _deadline(snapshot: Snapshot) -> float:
    limit = snapshot.limits.deadline
    if limit is None or snapshot.finalize_by is not None:
        return math.inf
    return snapshot.opened_at + limit


def _drain_over_at(snapshot: Snapshot) -> float:
    if snapshot.finalize_by is not None:
        return snapshot.finalize_by
    if snapshot.state is not State.DRAINING:
        return math.inf
    stop_at = math.inf if snapshot.stop_at is None else snapshot.stop_at
    silence = math.inf if snapshot.silence is None else snapshot.silence
    if any(each.waiting for each in snapshot.registry.pending()):
        return stop_at  # to wait is no silence, and has a bound of its own
    return min(stop_at, snapshot.traffic.at + silence)


def _silent_at(snapshot: Snapshot, component: Component) -> float:
    if component.waiting is not None:
        return component.waiting.since + component.waiting.limit
    if component.timeout is None or component.is_free:
        return math.inf
    return snapshot.last_sign(component) + component.timeout


def _unclaimed_at(snapshot: Snapshot, component: Component) -> float:
    if component.is_free:
        assert component.free_at is not None
        return component.free_at + snapshot.limits.claim
    is_taken = component.began_at is not None or component.source in snapshot.traffic.components
    if component.finalizer or component.claim_within is None or is_taken:
        return math.inf
    return component.registered_at + component.claim_within


def _is_lost(snapshot: Snapshot, component: Component) -> bool:
    tally = snapshot.traffic.components.get(component.source)
    return tally is not None and tally.lost
