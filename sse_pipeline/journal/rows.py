"""The rows that records come to: of each stream one, whatever the number of its versions."""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

from .. import registry, stores
from ..models import Component, Stream, Transition
from ..snapshot import Snapshot
from .backlog import Record

#: Triggers that are told though the state stays.
_TOLD = frozenset({"report_error", "cancel"})


class Rows(NamedTuple):
    """What a batch writes."""

    streams: list[Stream]
    components: list[Component]
    transitions: list[Transition]


class Calendar:
    """Turns times by the store's clock, which may count from anywhere, into dates."""

    def __init__(self) -> None:
        self._ahead = time.time() - stores.current().now()

    def of(self, seconds: float) -> dt.datetime:
        """Return the date of a time by the store's clock."""
        return moment(seconds + self._ahead)

    def of_any(self, seconds: float | None) -> dt.datetime | None:
        """Return the same; None for no time."""
        return None if seconds is None else self.of(seconds)


def moment(seconds: float) -> dt.datetime:
    """Return the date that is so many seconds after the epoch."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def of(records: Iterable[Record], process: UUID) -> Rows:
    """Make the rows of records; of each stream the highest version is written."""
    records = list(records)
    newest: dict[str, Snapshot] = {}
    for record in records:
        known = newest.get(record.snapshot.stream_id)
        if known is None or known.version < record.snapshot.version:
            newest[record.snapshot.stream_id] = record.snapshot
    calendar = Calendar()
    snapshots = [newest[key] for key in sorted(newest)]  # in one order, whoever else writes
    return Rows(
        [stream_row(snapshot, process, calendar) for snapshot in snapshots],
        [row for snapshot in snapshots for row in component_rows(snapshot, calendar)],
        [row for record in records for row in _transitions(record, process)],
    )


def stream_row(snapshot: Snapshot, process: UUID, calendar: Calendar) -> Stream:
    """Return the row of a stream."""
    components = snapshot.registry.components
    return Stream(
        id=UUID(snapshot.stream_id),
        version=snapshot.version,
        state=snapshot.state.value,
        reason=snapshot.verdict and snapshot.verdict.value,
        owner=snapshot.owner and snapshot.owner[:255],
        process_id=process,
        opened_at=calendar.of(snapshot.opened_at),
        ended_at=calendar.of_any(snapshot.ended_at),
        components_total=len(components),
        components_done=len(components) - len(snapshot.registry.pending()),
        frames=snapshot.traffic.frames,
        bytes=snapshot.traffic.bytes,
        presumed=False,
    )


def component_rows(snapshot: Snapshot, calendar: Calendar) -> Iterator[Component]:
    """Yield the rows of a stream's components."""
    for position, component in enumerate(snapshot.registry):
        yield _component(snapshot, position, component, calendar)


def _component(
    snapshot: Snapshot, position: int, component: registry.Component, calendar: Calendar
) -> Component:
    tally: Any = snapshot.traffic.components.get(component.name) if component.pending else component
    return Component(
        stream_id=UUID(snapshot.stream_id),
        name=component.name,
        version=snapshot.version,
        position=position,
        status=component.status.value,
        required=component.required,
        reason=(component.reason or "")[:255],
        registered_at=calendar.of(component.registered_at),
        settled_at=calendar.of_any(component.settled_at),
        frames=tally.frames if tally else 0,
        bytes=tally.bytes if tally else 0,
    )


def _transitions(record: Record, process: UUID) -> Iterator[Transition]:
    snapshot, cause, steps, at = record
    changes = [tuple(step) for step in steps]
    if not changes and cause.trigger in _TOLD:
        changes = [(cause.trigger, snapshot.state, snapshot.state)]
    for number, (trigger, source, dest) in enumerate(changes):
        yield Transition(
            stream_id=UUID(snapshot.stream_id),
            version=snapshot.version,
            step=number,
            at=moment(at),
            trigger=trigger,
            component="" if trigger == "finish" else cause.name,
            source=source.value,
            dest=dest.value,
            reason=_reason(record)[:255],
            process_id=process,
        )


def _reason(record: Record) -> str:
    """Return why: an error's code and never its message, which is for the reader."""
    code = record.cause.code if record.cause.trigger == "report_error" else record.cause.reason
    return code or record.snapshot.verdict or ""
