"""Makes rows of records: one row for each stream, however many versions of it there are.

The rows are plain tuples, in the form that the database takes. To make models of them took three
times as long, and the writer shares its interpreter with the streams.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper

from .. import stores
from ..escaping import escape_controls
from ..lifecycle.decision import Step
from ..lifecycle.registry import Component, Status
from ..lifecycle.snapshot import Snapshot
from .backlog import Record

RowValues = tuple[Any, ...]

#: The columns of each table, in the order of the values of a row.
STREAM_COLUMNS = (
    "id", "version", "state", "reason", "owner", "process_id", "opened_at", "ended_at",
    "components_total", "components_done", "frames", "bytes", "presumed", "trace_id",
)  # fmt: skip
COMPONENT_COLUMNS = (
    "stream_id", "name", "version", "position", "status", "required", "reason", "registered_at",
    "settled_at", "frames", "bytes", "summary",
)  # fmt: skip
TRANSITION_COLUMNS = (
    "stream_id", "version", "step", "at", "trigger", "component", "source", "dest", "reason",
    "process_id",
)  # fmt: skip

#: The longest summary of a component that is kept, in characters of JSON.
LONGEST_SUMMARY = 4096

#: Triggers that get a row even if the state does not change.
_ALWAYS_WRITTEN = frozenset({"report_error", "stop", "cancel", "fail"})


class StreamRows(NamedTuple):
    """The rows of a batch."""

    streams: list[RowValues]
    components: list[RowValues]
    transitions: list[RowValues]


class DatabaseValues:
    """Converts values to the form that a database takes.

    Times of a snapshot are by the clock of the store, which may count from anywhere. One object
    serves one batch: it remembers the offset of that clock, and the dates that it has made.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._adapt = connection.ops.adapt_datetimefield_value
        # None if USE_TZ is False: then times are local, as `timezone.now()` of Django has them.
        self._zone = connection.timezone
        self._aware = connection.features.supports_timezones
        self._native = connection.features.has_native_uuid_field
        self._offset = time.time() - stores.current().now()
        self._times: dict[float, Any] = {}
        self._seconds: dict[int, str] = {}

    def key(self, uuid: str) -> str:
        """Return a UUID as the database has it."""
        return uuid if self._native else uuid.replace("-", "")

    def time(self, seconds: float | None) -> Any:
        """Return the date for a time by the clock of the store; None for None."""
        if seconds is None:
            return None
        date = self._times.get(seconds)
        if date is None:
            date = self._times[seconds] = self.date(seconds + self._offset)
        return date

    def date(self, epoch: float) -> Any:
        """Return the date for a time in seconds since the epoch."""
        if self._aware:
            return self._adapt(dt.datetime.fromtimestamp(epoch, self._zone))
        # A database without time zones has text in the zone of the connection. The text of a second
        # serves all times in it: to convert a date is slow, and many rows share a second.
        second, micro = divmod(round(epoch * 1_000_000), 1_000_000)
        text = self._seconds.get(second)
        if text is None:
            moment = dt.datetime.fromtimestamp(second, self._zone).replace(tzinfo=None)
            text = self._seconds[second] = str(self._adapt(moment))
        return f"{text}.{micro:06d}" if micro else text


def rows_of_records(records: Iterable[Record], process: UUID, values: DatabaseValues) -> StreamRows:
    """Make the rows of records: of each stream the newest version, and each transition."""
    newest: dict[str, Snapshot] = {}
    written: list[Record] = []
    for record in records:
        snapshot = record.snapshot
        known = newest.get(snapshot.stream_id)
        if known is None or known.version < snapshot.version:
            newest[snapshot.stream_id] = snapshot
        if record.steps or record.cause.trigger in _ALWAYS_WRITTEN:
            written.append(record)
    streams, components = rows_of_streams(newest.values(), process, values)
    return StreamRows(streams, components, _rows_of_transitions(written, process, values))


def rows_of_streams(
    snapshots: Iterable[Snapshot], process: UUID, values: DatabaseValues
) -> tuple[list[RowValues], list[RowValues]]:
    """Make the rows of streams and of their components."""
    streams, components = list[RowValues](), list[RowValues]()
    by = values.key(str(process))
    # Sorted: two processes that lock the same rows in different orders would block each other.
    for snapshot in sorted(snapshots, key=attrgetter("stream_id")):
        key = values.key(snapshot.stream_id)
        streams.append(_stream_row(key, snapshot, by, values))
        components += _component_rows(key, snapshot, values)
    return streams, components


def _stream_row(key: str, snapshot: Snapshot, process: str, values: DatabaseValues) -> RowValues:
    registry, traffic = snapshot.registry, snapshot.traffic
    total = len(registry.components)
    return (
        key,
        snapshot.version,
        str(snapshot.state),
        snapshot.verdict and str(snapshot.verdict),
        snapshot.owner and escape_controls(snapshot.owner)[:255],
        process,
        values.time(snapshot.opened_at),
        values.time(snapshot.ended_at),
        total,
        sum(component.status is Status.COMPLETE for component in registry),
        traffic.frames,
        traffic.bytes,
        False,
        snapshot.trace_id,
    )


def _component_rows(key: str, snapshot: Snapshot, values: DatabaseValues) -> Iterator[RowValues]:
    tallies = snapshot.traffic.components
    for position, component in enumerate(snapshot.registry):
        sent = tallies.get(component.source)
        yield (
            key,
            component.name,
            snapshot.version,
            position,
            str(component.status),
            component.required,
            escape_controls(component.public_reason)[:255],
            values.time(component.registered_at),
            values.time(component.settled_at),
            sent.frames if sent else 0,
            sent.bytes if sent else 0,
            _summary(component),
        )


def _summary(component: Component) -> str:
    text = "" if component.summary is None else orjson.dumps(component.summary).decode()
    return text if len(text) <= LONGEST_SUMMARY else ""


def _rows_of_transitions(
    records: list[Record], process: UUID, values: DatabaseValues
) -> list[RowValues]:
    records.sort(key=lambda record: record.snapshot.stream_id)
    by = values.key(str(process))
    return [row for record in records for row in _transition_rows(record, by, values)]


def _transition_rows(record: Record, process: str, values: DatabaseValues) -> Iterator[RowValues]:
    snapshot, cause, steps, at = record
    changes = [*steps]
    # A cause that left the state as it is, or that only `finish` followed, gets a row of its own.
    if cause.trigger != "complete" and (not steps or steps[0].trigger == "finish"):
        source = steps[0].source if steps else snapshot.state
        changes.insert(0, Step(cause.trigger, source, source))
    key, name = values.key(snapshot.stream_id), escape_controls(cause.name)[:100]
    reason = escape_controls(_reason(record))[:255]
    # The end has the same date as the row of the stream: by the clock of the store. All else has
    # the time at which this process recorded it.
    date = values.time(snapshot.ended_at) if snapshot.terminal else values.date(at)
    for number, (trigger, source, dest) in enumerate(changes):
        finish = trigger == "finish"
        yield (
            key,
            snapshot.version,
            number,
            date,
            trigger,
            "" if finish else name,
            str(source),
            str(dest),
            str(snapshot.verdict or "") if finish else reason,
            process,
        )


def _reason(record: Record) -> str:
    """Return a code that says why. It is never the text of an error, which may hold secrets."""
    cause, snapshot = record.cause, record.snapshot
    component = snapshot.registry.get(cause.name) if cause.trigger == "fail" else None
    if component is not None:
        return component.public_reason or str(cause.status)  # pending again: the next attempt
    if cause.stopped is not None:
        return cause.stopped.by
    return str((cause.trigger == "report_error" and cause.code) or snapshot.verdict or "")
