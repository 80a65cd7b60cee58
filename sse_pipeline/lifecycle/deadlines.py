"""The bounds of a stream in time, and the cause that is due when a bound is reached."""

import math

from . import causes
from .causes import Cause
from .registry import Component, Status
from .snapshot import Snapshot, State, Verdict


def due_at(snapshot: Snapshot) -> float:
    """Return the time at which the first bound is reached if nothing more happens; or infinity."""
    if snapshot.terminal:
        return math.inf
    pending = snapshot.registry.pending()
    silences = [_silent_at(snapshot, each) for each in pending if each.timeout is not None]
    claims = [_unclaimed_at(snapshot, each) for each in pending if each.claim_within is not None]
    return min(_deadline(snapshot), _drain_over_at(snapshot), *silences, *claims, math.inf)


def overdue(snapshot: Snapshot, now: float) -> Cause | None:
    """Return the cause of a bound that is reached, the gravest first; None if none is reached."""
    if snapshot.terminal:
        return None
    if now >= _deadline(snapshot):
        return causes.abort(Verdict.TIMEOUT)
    if now >= _drain_over_at(snapshot):
        return causes.DRAIN_OVER
    causes_of_all = (_overdue(snapshot, each, now) for each in snapshot.registry.pending())
    return next((cause for cause in causes_of_all if cause), None)


def _overdue(snapshot: Snapshot, component: Component, now: float) -> Cause | None:
    if _is_lost(snapshot, component):
        return causes.fail(component.name, Status.LOST, "its process does not live any more")
    if now >= _unclaimed_at(snapshot, component):
        reason = f"nobody took it for {component.claim_within:g} s"
        return causes.fail(component.name, Status.LOST, reason)
    if now >= _silent_at(snapshot, component):
        return causes.fail(component.name, Status.TIMED_OUT, f"silent for {component.timeout:g} s")
    return None


def _deadline(snapshot: Snapshot) -> float:
    limit = snapshot.limits.deadline
    return math.inf if limit is None else snapshot.opened_at + limit


def _drain_over_at(snapshot: Snapshot) -> float:
    if snapshot.state is not State.DRAINING:
        return math.inf
    stop_at = math.inf if snapshot.stop_at is None else snapshot.stop_at
    silence = math.inf if snapshot.silence is None else snapshot.silence
    return min(stop_at, snapshot.traffic.at + silence)


def _silent_at(snapshot: Snapshot, component: Component) -> float:
    if component.timeout is None:
        return math.inf
    return snapshot.last_sign(component) + component.timeout


def _unclaimed_at(snapshot: Snapshot, component: Component) -> float:
    if component.claim_within is None or component.name in snapshot.traffic.components:
        return math.inf
    return component.registered_at + component.claim_within


def _is_lost(snapshot: Snapshot, component: Component) -> bool:
    tally = snapshot.traffic.components.get(component.name)
    return tally is not None and tally.lost
