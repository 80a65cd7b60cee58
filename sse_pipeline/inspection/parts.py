"""The parts of a report, whether they come from the store or from the journal."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from .. import models
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import Snapshot
from .content import fields_of


@dataclass(frozen=True, slots=True)
class Work:
    """A component; `begin` and `end` are seconds since the stream was opened."""

    name: str
    status: str
    required: bool
    begin: float
    end: float | None
    #: None where nobody knows yet.
    frames: int | None
    bytes: int | None
    reason: str
    note: str = ""
    #: What it said of its work: names and values as text.
    summary: tuple[tuple[str, str], ...] = ()

    @property
    def pending(self) -> bool:
        """Whether it has not settled."""
        return self.status == Status.PENDING


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, `after` so many seconds, on whose account and why."""

    trigger: str
    component: str
    source: str
    dest: str
    reason: str
    at: dt.datetime
    after: float
    process: str

    @property
    def moved(self) -> bool:
        """Whether the state changed."""
        return self.source != self.dest


def live_works(snapshot: Snapshot, *, content: bool) -> Iterator[Work]:
    """Yield the components of a stream as the store has them."""
    for component in snapshot.registry:
        tally = snapshot.traffic.components.get(component.name)
        sent = tally if component.pending and tally else component
        yield Work(
            name=component.name,
            status=component.status,
            required=component.required,
            begin=component.registered_at - snapshot.opened_at,
            end=None if component.settled_at is None else component.settled_at - snapshot.opened_at,
            frames=sent.frames,
            bytes=sent.bytes,
            reason=component.public_reason,
            note=tally.note if content and tally and component.pending else "",
            summary=fields_of(component.summary or {}) if content else (),
        )


def kept_works(
    rows: Iterable[models.Component], opened_at: dt.datetime, *, content: bool
) -> Iterator[Work]:
    """Yield the components of a stream as the journal has them."""
    for row in rows:
        yield Work(
            name=row.name,
            status=row.status,
            required=row.required,
            begin=(row.registered_at - opened_at).total_seconds(),
            end=(row.settled_at - opened_at).total_seconds() if row.settled_at else None,
            frames=row.frames if row.settled_at else None,
            bytes=row.bytes if row.settled_at else None,
            reason=row.reason,
            summary=fields_of(orjson.loads(row.summary or "{}")) if content else (),
        )


def events(rows: Iterable[models.Transition], opened_at: dt.datetime) -> Iterator[Event]:
    """Yield what happened to a stream."""
    for row in rows:
        yield Event(
            trigger=row.trigger,
            component=row.component,
            source=row.source,
            dest=row.dest,
            reason=row.reason,
            at=row.at,
            after=max(0.0, (row.at - opened_at).total_seconds()),
            process=str(row.process),
        )
