"""What the spans say of streams and components: no content, no owner, and no text of an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..lifecycle.registry import Component, Status
from ..lifecycle.snapshot import Snapshot, State

#: Components that settle so have not failed.
_FINE = {Status.COMPLETE, Status.STOPPED}

Attributes = Mapping[str, str | int | bool]


class SpanEvent(NamedTuple):
    """Something that happened at a time by the clock of the store."""

    name: str
    at: float
    attributes: Attributes


class SpanValues(NamedTuple):
    """What is set on a span when its stream or component is over. `error` is "" if all is well."""

    attributes: Attributes
    error: str = ""
    events: tuple[SpanEvent, ...] = ()


def attributes_of_work(stream_id: str, name: str, attempt: int) -> Attributes:
    """Return the attributes of a component that begins."""
    return {
        "sse.stream.id": stream_id,
        "sse.component.name": name,
        "sse.component.attempt": attempt,
    }


def values_of_component(snapshot: Snapshot, component: Component) -> SpanValues:
    """Return the values of a component, or of one attempt of it, that is over."""
    tally = snapshot.traffic.components.get(component.source)
    attributes = {
        **attributes_of_work(snapshot.stream_id, component.name, component.attempt),
        "sse.component.status": str(component.status),
        "sse.component.required": component.required,
        "sse.component.frames": tally.frames if tally else 0,
        "sse.component.bytes": tally.bytes if tally else 0,
    }
    if component.public_reason:
        attributes["sse.component.reason"] = component.public_reason
    return SpanValues(attributes, "" if component.status in _FINE else str(component.status))


def values_of_stream(snapshot: Snapshot) -> SpanValues:
    """Return the values of a stream that has ended."""
    attributes: dict[str, str | int | bool] = {
        "sse.stream.id": snapshot.stream_id,
        "sse.stream.state": str(snapshot.state),
        "sse.stream.frames": snapshot.traffic.frames,
        "sse.stream.bytes": snapshot.traffic.bytes,
        "sse.stream.components": len(snapshot.registry.components),
    }
    if snapshot.stopped is not None:
        attributes["sse.stream.stopped_by"] = snapshot.stopped.by
    error = str(snapshot.verdict or "") if snapshot.state is State.ERRORED else ""
    return SpanValues(attributes, error, tuple(_events_of(snapshot)))


def _events_of(snapshot: Snapshot) -> Iterator[SpanEvent]:
    if snapshot.traffic.first_at is not None:
        yield SpanEvent("first_frame", snapshot.traffic.first_at, {})
    for each in snapshot.registry:
        if each.attempt > 1 and each.began_at is not None:
            about = attributes_of_work(snapshot.stream_id, each.name, each.attempt)
            yield SpanEvent("attempt", each.began_at, about)
    if snapshot.draining_at is not None:
        yield SpanEvent("draining", snapshot.draining_at, {})
