"""The report on one stream: who, what, since when, what happened, and what it waits for."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from .. import conf, models, stores
from ..lifecycle import status
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import Snapshot, State
from ..stores.base import result_of
from ..stores.inspection import AttachedReader, Inspection
from . import conclusion
from .content import Shown, show
from .machine import Machine, machine
from .parts import Event, Work, events, kept_works, live_works
from .timeline import Timeline, timeline

#: Seconds that the store has to answer.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Report:
    """All that is shown. `frames` is None for those who may not see the content.

    `live` tells that it comes from the store; else it is what the journal last heard. `journaled`
    tells that a journal is kept, and `behind` that it has yet to hear how the stream ended.
    """

    stream_id: str
    live: bool
    journaled: bool
    behind: bool
    state: str
    reason: str | None
    owner: str | None
    version: int
    process: str
    opened_at: dt.datetime
    seconds: float
    sentence: str
    works: tuple[Work, ...]
    events: tuple[Event, ...]
    interventions: tuple[models.Intervention, ...]
    frames_sent: int
    bytes_sent: int
    inspection: Inspection | None
    frames: tuple[Shown, ...] | None

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in {State.COMPLETE, State.ERRORED}

    @property
    def failed(self) -> tuple[str, ...]:
        """The components that failed: why, only the log of their process may say."""
        return tuple(work.name for work in self.works if work.status == Status.FAILED)

    @property
    def readers(self) -> tuple[AttachedReader, ...]:
        """Those who are reading it."""
        return self.inspection.readers if self.inspection else ()

    @property
    def machine(self) -> Machine:
        """The state diagram."""
        return machine(self.state, self.events)

    @property
    def timeline(self) -> Timeline:
        """The timeline."""
        return timeline(self.works, self.events, self.seconds)


def make_report(stream_id: str, *, content: bool) -> Report | None:
    """Report on a stream: from the store where it has it, else from the journal; None for neither.

    `content` tells whether the last frames, notes and what components said of their work may be
    shown. Queries the database, and may wait for the store: not to be called in an event loop.
    """
    row = models.Stream.objects.filter(pk=stream_id).select_related("process").first()
    snapshot = result_of(stores.current().load(stream_id), PATIENCE)
    if snapshot is not None:
        return _live(snapshot, row, content=content)
    return _kept(row, content=content) if row is not None else None


def _live(snapshot: Snapshot, row: models.Stream | None, *, content: bool) -> Report:
    store = stores.current()
    now = store.now()
    seconds = (now if snapshot.ended_at is None else snapshot.ended_at) - snapshot.opened_at
    opened_at = (
        row.opened_at if row else timezone.now() - dt.timedelta(seconds=now - snapshot.opened_at)
    )
    works = tuple(live_works(snapshot, content=content))
    happened = _events(snapshot.stream_id, opened_at)
    reason = snapshot.verdict and str(snapshot.verdict)
    inspection = result_of(store.inspect(snapshot.stream_id), PATIENCE)
    journaled = conf.get().JOURNAL
    heard = row.version if row else -1
    return Report(
        stream_id=snapshot.stream_id,
        live=True,
        journaled=journaled,
        behind=journaled and snapshot.terminal and heard < snapshot.version,
        state=str(snapshot.state),
        reason=reason,
        owner=snapshot.owner,
        version=snapshot.version,
        process=str(row.process) if row else "",
        opened_at=opened_at,
        seconds=seconds,
        sentence=status.waiting_for(snapshot, now, notes=content)
        or conclusion.concluded(snapshot.state, reason, works, happened),
        works=works,
        events=happened,
        interventions=_interventions(snapshot.stream_id),
        frames_sent=snapshot.traffic.frames,
        bytes_sent=snapshot.traffic.bytes,
        inspection=inspection,
        frames=tuple(map(show, inspection.frames)) if content and inspection else None,
    )


def _kept(row: models.Stream, *, content: bool) -> Report:
    works = tuple(kept_works(row.components.all(), row.opened_at, content=content))
    happened = _events(str(row.pk), row.opened_at)
    now = timezone.now()
    until = row.ended_at or now
    silence = max(0.0, (now - row.process.seen_at).total_seconds())
    ended = row.state in {State.COMPLETE, State.ERRORED}
    return Report(
        stream_id=str(row.pk),
        live=False,
        journaled=conf.get().JOURNAL,
        behind=False,
        state=row.state,
        reason=row.reason,
        owner=row.owner,
        version=row.version,
        process=str(row.process),
        opened_at=row.opened_at,
        seconds=(until - row.opened_at).total_seconds(),
        sentence=conclusion.concluded(row.state, row.reason, works, happened)
        if ended
        else conclusion.pending(works, silence),
        works=works,
        events=happened,
        interventions=_interventions(str(row.pk)),
        frames_sent=row.frames,
        bytes_sent=row.bytes,
        inspection=None,
        frames=None,
    )


def _events(stream_id: str, opened_at: dt.datetime) -> tuple[Event, ...]:
    rows = models.Transition.objects.filter(stream_id=stream_id).select_related("process")
    return tuple(events(rows, opened_at))


def _interventions(stream_id: str) -> tuple[models.Intervention, ...]:
    return tuple(models.Intervention.objects.filter(stream_id=stream_id))
