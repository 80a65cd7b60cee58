"""The parts of a report, in one form for the store and for the journal."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson
from django.utils.translation import gettext

from .. import models
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import Snapshot
from .content import fields_of
from .times import seconds_between


@dataclass(frozen=True, slots=True)
class Work:
    """The work of a component. `begin` and `end` are seconds since the stream was opened."""

    name: str
    status: str
    required: bool
    begin: float
    end: float | None
    #: None if it is not known yet: the journal has it only at the end.
    frames: int | None
    bytes: int | None
    reason: str
    note: str = ""
    #: How far it is, in percent; None if it has not told. And in words.
    percent: int | None = None
    doing: str = ""
    #: The summary of its work: names and values as text.
    summary: tuple[tuple[str, str], ...] = ()

    @property
    def pending(self) -> bool:
        """Whether it has not settled."""
        return self.status == Status.PENDING

    @property
    def done(self) -> str:
        """How far it is, in percent, as text."""
        return gettext("{percent}%").format(percent=self.percent)


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """A transition of the journal, `after` seconds since the stream was opened.

    `component` is the component that caused it, "" for none.
    """

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
    """Yield the components of a stream from the store."""
    for component in snapshot.registry:
        # The component itself has its traffic only when it has settled.
        tally = snapshot.traffic.components.get(component.source)
        sent = tally if component.pending and tally else component
        progress = component.progress if component.pending else None
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
            percent=None if progress is None else progress.percent,
            doing=progress.text if content and progress else "",
            summary=fields_of(component.summary or {}) if content else (),
        )


def journaled_works(
    rows: Iterable[models.StreamComponent], opened_at: dt.datetime, *, content: bool
) -> Iterator[Work]:
    """Yield the components of a stream from the journal."""
    for row in rows:
        yield Work(
            name=row.name,
            status=row.status,
            required=row.required,
            begin=seconds_between(opened_at, row.registered_at),
            end=seconds_between(opened_at, row.settled_at) if row.settled_at else None,
            frames=row.frames if row.settled_at else None,
            bytes=row.bytes if row.settled_at else None,
            reason=row.reason,
            summary=fields_of(orjson.loads(row.summary or "{}")) if content else (),
        )


def journal_events(
    rows: Iterable[models.Transition], opened_at: dt.datetime
) -> Iterator[JournalEvent]:
    """Yield the events of a stream from the journal."""
    for row in rows:
        yield JournalEvent(
            trigger=row.trigger,
            component=row.component,
            source=row.source,
            dest=row.dest,
            reason=row.reason,
            at=row.at,
            after=max(0.0, seconds_between(opened_at, row.at)),
            process=str(row.process),
        )
