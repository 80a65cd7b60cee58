"""The status of a stream, as JSON and as a sentence."""

from typing import Any

from .registry import Component
from .snapshot import Snapshot, State


def describe(stream: Snapshot, now: float, *, notes: bool = True) -> dict[str, Any]:
    """Return the status of a stream as a JSON document; ages are seconds.

    `frames` and `bytes` count what the components sent, without the library's own events. The notes
    of components are left out unless `notes` is true.
    """
    traffic = stream.traffic
    return {
        "stream": stream.stream_id,
        "state": stream.state,
        "verdict": stream.verdict,
        "components": stream.ledger(),
        "frames": traffic.frames,
        "bytes": traffic.bytes,
        "age": _age(stream.opened_at, now),
        "idle": _age(max(traffic.at, stream.opened_at), now),
        "ended": None if stream.ended_at is None else _age(stream.ended_at, now),
        "waiting_for": waiting_for(stream, now, notes=notes),
    }


def waiting_for(stream: Snapshot, now: float, *, notes: bool = True) -> str | None:
    """Return one sentence that says why a stream is still open; None if it has ended.

    Without `notes` the sentence calls a component silent, even if it left a note.
    """
    if stream.terminal:
        return None
    pending = [_explain(stream, each, now, notes=notes) for each in stream.registry.pending()]
    subject = "; ".join(pending) or "waiting for a component to register, or mark_complete()"
    return f"{subject}{_bound(stream, now)}"


def _explain(stream: Snapshot, component: Component, now: float, *, notes: bool) -> str:
    tally = stream.traffic.components.get(component.name)
    if tally is None and component.claim_within is not None:
        waited, within = _age(component.registered_at, now), component.claim_within
        return f"{component.name}: nobody has taken it for {waited:.1f} s ({within:g} s at most)"
    silence = f"for {_age(stream.last_sign(component), now):.1f} s"
    bound = "" if component.timeout is None else f" ({component.timeout:g} s of silence at most)"
    doing = f"{tally.note}," if notes and tally and tally.note else "silent"
    return f"{component.name}: {doing} {silence}{bound}"


def _bound(stream: Snapshot, now: float) -> str:
    if stream.state is not State.DRAINING:
        return ""
    if stream.stop_at is not None:
        left = _age(now, stream.stop_at)
        return f"; draining ({stream.verdict}): ends in {left:.1f} s at the latest"
    left = _age(now, stream.traffic.at + (stream.silence or 0.0))
    return f"; draining (mark_complete): ends after {left:.1f} s more without a sign of life"


def _age(since: float, now: float) -> float:
    return round(max(0.0, now - since), 3)
