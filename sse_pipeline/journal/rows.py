"""The rows that records come to: of each stream one, whatever the number of its versions.

They are plain tuples, ready for the database: to make models of them took three times as long.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper

from .. import stores
from ..registry import Component
from ..snapshot import Snapshot
from .backlog import Record

Row = tuple[Any, ...]

#: The columns of each kind of row, in their order.
STREAM = (
    "id", "version", "state", "reason", "owner", "process_id", "opened_at", "ended_at",
    "components_total", "components_done", "frames", "bytes", "presumed",
)  # fmt: skip
COMPONENT = (
    "stream_id", "name", "version", "position", "status", "required", "reason", "registered_at",
    "settled_at", "frames", "bytes", "summary",
)  # fmt: skip
TRANSITION = (
    "stream_id", "version", "step", "at", "trigger", "component", "source", "dest", "reason",
    "process_id",
)  # fmt: skip

#: The longest summary of a component that is kept, in characters of JSON.
SUMMARY = 4096

#: Triggers that are told though nothing else comes of them.
_TOLD = frozenset({"report_error", "cancel", "fail"})


class Rows(NamedTuple):
    """What a batch writes."""

    streams: list[Row]
    components: list[Row]
    transitions: list[Row]


class Dialect:
    """Values as a database has them; times by the store's clock, which may count from anywhere."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._adapt = connection.ops.adapt_datetimefield_value
        self._zone = connection.timezone or dt.UTC
        self._aware = connection.features.supports_timezones
        self._native = connection.features.has_native_uuid_field
        self._ahead = time.time() - stores.current().now()
        self._dates: dict[float, Any] = {}

    def key(self, uuid: str) -> str:
        """Return a UUID."""
        return uuid if self._native else uuid.replace("-", "")

    def date(self, epoch: float) -> Any:
        """Return the date that is so many seconds after the epoch."""
        date = self._dates.get(epoch)
        if date is None:
            moment = dt.datetime.fromtimestamp(epoch, self._zone)
            # A database without zones is given what is naive in its own: to adapt that is quicker.
            date = self._adapt(moment if self._aware else moment.replace(tzinfo=None))
            self._dates[epoch] = date
        return date

    def time(self, seconds: float | None) -> Any:
        """Return the date of a time by the store's clock; None for none."""
        return None if seconds is None else self.date(seconds + self._ahead)


def of(records: Iterable[Record], process: UUID, dialect: Dialect) -> Rows:
    """Make the rows of records."""
    newest: dict[str, Snapshot] = {}
    transitions: list[Row] = []
    by = dialect.key(str(process))
    for record in records:
        known = newest.get(record.snapshot.stream_id)
        if known is None or known.version < record.snapshot.version:
            newest[record.snapshot.stream_id] = record.snapshot
        transitions += _transitions(record, by, dialect)
    streams, components = of_streams(newest.values(), process, dialect)
    return Rows(streams, components, transitions)


def of_streams(
    snapshots: Iterable[Snapshot], process: UUID, dialect: Dialect
) -> tuple[list[Row], list[Row]]:
    """Make the rows of streams and of their components; in one order, whoever else writes them."""
    streams, components = list[Row](), list[Row]()
    by = dialect.key(str(process))
    for snapshot in sorted(snapshots, key=lambda each: each.stream_id):
        streams.append(_stream(snapshot, by, dialect))
        components += _components(snapshot, dialect)
    return streams, components


def _stream(snapshot: Snapshot, process: str, dialect: Dialect) -> Row:
    components, traffic = snapshot.registry.components, snapshot.traffic
    return (
        dialect.key(snapshot.stream_id),
        snapshot.version,
        snapshot.state.value,
        snapshot.verdict and snapshot.verdict.value,
        snapshot.owner and snapshot.owner[:255],
        process,
        dialect.time(snapshot.opened_at),
        dialect.time(snapshot.ended_at),
        len(components),
        len(components) - len(snapshot.registry.pending()),
        traffic.frames,
        traffic.bytes,
        False,
    )


def _components(snapshot: Snapshot, dialect: Dialect) -> Iterator[Row]:
    key, tallies = dialect.key(snapshot.stream_id), snapshot.traffic.components
    for position, component in enumerate(snapshot.registry):
        sent: Any = tallies.get(component.name) if component.pending else component
        yield (
            key,
            component.name,
            snapshot.version,
            position,
            component.status.value,
            component.required,
            component.public_reason[:255],
            dialect.time(component.registered_at),
            dialect.time(component.settled_at),
            sent.frames if sent else 0,
            sent.bytes if sent else 0,
            _summary(component),
        )


def _summary(component: Component) -> str:
    text = "" if component.summary is None else orjson.dumps(component.summary).decode()
    return text if len(text) <= SUMMARY else ""


def _transitions(record: Record, process: str, dialect: Dialect) -> list[Row]:
    snapshot, cause, steps, at = record
    if not steps and cause.trigger not in _TOLD:
        return []
    changes = [(step.trigger, step.source, step.dest) for step in steps]
    stayed = not steps or steps[0].trigger == "finish"
    if stayed and cause.trigger != "complete":
        source = steps[0].source if steps else snapshot.state
        changes.insert(0, (cause.trigger, source, source))
    key, date, reason = dialect.key(snapshot.stream_id), dialect.date(at), _reason(record)[:255]
    verdict = snapshot.verdict or ""
    return [
        (
            key,
            snapshot.version,
            number,
            date,
            trigger,
            "" if trigger == "finish" else cause.name,
            source.value,
            dest.value,
            verdict if trigger == "finish" else reason,
            process,
        )
        for number, (trigger, source, dest) in enumerate(changes)
    ]


def _reason(record: Record) -> str:
    """Return why: a code, and never the text of an error, which is for the reader."""
    cause, snapshot = record.cause, record.snapshot
    component = snapshot.registry.get(cause.name) if cause.trigger == "fail" else None
    if component is not None:
        return component.public_reason
    return (cause.trigger == "report_error" and cause.code) or snapshot.verdict or ""
