"""The rows that records come to: of each stream one, whatever the number of its versions.

They are plain tuples, ready for the database: to make models of them took three times as long.
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
from ..lifecycle.decision import Step
from ..lifecycle.registry import Component
from ..lifecycle.snapshot import Snapshot
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
        self._times: dict[float, Any] = {}
        self._seconds: dict[int, str] = {}

    def key(self, uuid: str) -> str:
        """Return a UUID."""
        return uuid if self._native else uuid.replace("-", "")

    def time(self, seconds: float | None) -> Any:
        """Return the date of a time by the store's clock; None for none."""
        if seconds is None:
            return None
        date = self._times.get(seconds)
        if date is None:
            date = self._times[seconds] = self.date(seconds + self._ahead)
        return date

    def date(self, epoch: float) -> Any:
        """Return the date that is so many seconds after the epoch."""
        if self._aware:
            return self._adapt(dt.datetime.fromtimestamp(epoch, self._zone))
        # A database without zones has text, naive in its own: that of a second serves all in it.
        second, micro = divmod(round(epoch * 1_000_000), 1_000_000)
        text = self._seconds.get(second)
        if text is None:
            moment = dt.datetime.fromtimestamp(second, self._zone).replace(tzinfo=None)
            text = self._seconds[second] = str(self._adapt(moment))
        return f"{text}.{micro:06d}" if micro else text


def of(records: Iterable[Record], process: UUID, dialect: Dialect) -> Rows:
    """Make the rows of records."""
    newest: dict[str, Snapshot] = {}
    telling: list[Record] = []
    for record in records:
        snapshot = record.snapshot
        known = newest.get(snapshot.stream_id)
        if known is None or known.version < snapshot.version:
            newest[snapshot.stream_id] = snapshot
        if record.steps or record.cause.trigger in _TOLD:
            telling.append(record)
    streams, components = of_streams(newest.values(), process, dialect)
    return Rows(streams, components, _of_steps(telling, process, dialect))


def of_streams(
    snapshots: Iterable[Snapshot], process: UUID, dialect: Dialect
) -> tuple[list[Row], list[Row]]:
    """Make the rows of streams and of their components; in one order, whoever else writes them."""
    streams, components = list[Row](), list[Row]()
    by = dialect.key(str(process))
    for snapshot in sorted(snapshots, key=attrgetter("stream_id")):
        key = dialect.key(snapshot.stream_id)
        streams.append(_stream(key, snapshot, by, dialect))
        components += _components(key, snapshot, dialect)
    return streams, components


def _stream(key: str, snapshot: Snapshot, process: str, dialect: Dialect) -> Row:
    registry, traffic = snapshot.registry, snapshot.traffic
    total = len(registry.components)
    return (
        key,
        snapshot.version,
        str(snapshot.state),
        snapshot.verdict and str(snapshot.verdict),
        snapshot.owner and snapshot.owner[:255],
        process,
        dialect.time(snapshot.opened_at),
        dialect.time(snapshot.ended_at),
        total,
        total - len(registry.pending()),
        traffic.frames,
        traffic.bytes,
        False,
    )


def _components(key: str, snapshot: Snapshot, dialect: Dialect) -> Iterator[Row]:
    tallies = snapshot.traffic.components
    for position, component in enumerate(snapshot.registry):
        sent: Any = tallies.get(component.name) if component.pending else component
        yield (
            key,
            component.name,
            snapshot.version,
            position,
            str(component.status),
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


def _of_steps(records: list[Record], process: UUID, dialect: Dialect) -> list[Row]:
    records.sort(key=lambda record: record.snapshot.stream_id)
    by = dialect.key(str(process))
    return [row for record in records for row in _transitions(record, by, dialect)]


def _transitions(record: Record, process: str, dialect: Dialect) -> Iterator[Row]:
    snapshot, cause, steps, at = record
    changes = [*steps]
    if cause.trigger != "complete" and (not steps or steps[0].trigger == "finish"):
        source = steps[0].source if steps else snapshot.state
        changes.insert(0, Step(cause.trigger, source, source))
    key, reason = dialect.key(snapshot.stream_id), _reason(record)[:255]
    # The end by the clock that the stream's row has it by, too.
    date = dialect.time(snapshot.ended_at) if snapshot.terminal else dialect.date(at)
    for number, (trigger, source, dest) in enumerate(changes):
        finish = trigger == "finish"
        yield (
            key,
            snapshot.version,
            number,
            date,
            trigger,
            "" if finish else cause.name,
            str(source),
            str(dest),
            str(snapshot.verdict or "") if finish else reason,
            process,
        )


def _reason(record: Record) -> str:
    """Return why: a code, and never the text of an error, which is for the reader."""
    cause, snapshot = record.cause, record.snapshot
    component = snapshot.registry.get(cause.name) if cause.trigger == "fail" else None
    if component is not None:
        return component.public_reason
    return str((cause.trigger == "report_error" and cause.code) or snapshot.verdict or "")
