"""The report on one stream: its owner, its age, its components, its events and its end."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from .. import archive, conf, models, stores
from ..access import owners
from ..lifecycle import status
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import TERMINAL, Snapshot
from ..stores import Store
from ..stores.base import result_of
from ..stores.stream_contents import AttachedReader, Inspection
from .conclusion import describe_end, describe_wait
from .content import ShownFrame, decode_frame
from .machine_drawing import MachineDrawing, draw_machine
from .parts import JournalEvent, Work, journal_events, journaled_works, live_works
from .timeline_drawing import TimelineDrawing, draw_timeline
from .times import format_seconds, seconds_between

#: Seconds in which the store has to answer.
ANSWER_TIMEOUT = 5.0

#: The wording of the active language.
LOCAL = status.Wording(gettext, format_seconds)


@dataclass(frozen=True, slots=True)
class Report:
    """All that is shown of a stream. `frames` is None without the permission to see content.

    `live`: the report comes from the store, and not from the archive or the journal. `archived`: it
    comes from the archive. `journaled`: a journal is
    kept. `behind`: the journal does not know yet how the stream ended.
    """

    stream_id: str
    live: bool
    archived: bool
    journaled: bool
    behind: bool
    state: str
    reason: str | None
    owner: str | None
    #: The name of the owner if it is a user of the site, else "".
    owner_name: str
    version: int
    process: str
    #: The trace of its spans; "" for none.
    trace_id: str
    opened_at: dt.datetime
    seconds: float
    sentence: str
    works: tuple[Work, ...]
    events: tuple[JournalEvent, ...]
    interventions: tuple[models.Intervention, ...]
    frames_sent: int
    bytes_sent: int
    inspection: Inspection | None
    frames: tuple[ShownFrame, ...] | None

    @property
    def ended(self) -> bool:
        """Whether the stream is over."""
        return self.state in TERMINAL

    @property
    def failed(self) -> tuple[str, ...]:
        """The components that failed. Only the log of their process may have the error."""
        return tuple(work.name for work in self.works if work.status == Status.FAILED)

    @property
    def readers(self) -> tuple[AttachedReader, ...]:
        """The readers of the stream."""
        return self.inspection.readers if self.inspection else ()

    @property
    def machine(self) -> MachineDrawing:
        """The state diagram."""
        return draw_machine(self.state, self.events)

    @property
    def timeline(self) -> TimelineDrawing:
        """The timeline."""
        return draw_timeline(self.works, self.events, self.seconds)


def make_report(stream_id: str, *, content: bool, timeout: float = ANSWER_TIMEOUT) -> Report | None:
    """Return the report on a stream: from the store if it has it, or the archive, or the journal.

    None if none has it. `content` says whether the last frames, the notes and the summaries of
    components may be shown. Blocks: it queries the database, and waits for the store for at most
    `timeout` seconds.

    Raises:
        StoreUnavailable: The store does not answer in time.
    """
    row = models.Stream.objects.filter(pk=stream_id).select_related("process").first()
    snapshot = result_of(stores.current().load(stream_id), timeout)
    if snapshot is not None:
        return _report_from_store(stores.current(), snapshot, row, content=content, timeout=timeout)
    if (archived := archive.find(stream_id)) is not None:
        archive.restore(archived)
        snapshot = archived.snapshot
        return _report_from_store(archived, snapshot, row, content=content, timeout=timeout)
    return _report_from_journal(row, content=content) if row is not None else None


def _report_from_store(
    store: Store, snapshot: Snapshot, row: models.Stream | None, *, content: bool, timeout: float
) -> Report:
    now = store.now()
    seconds = (now if snapshot.ended_at is None else snapshot.ended_at) - snapshot.opened_at
    age = dt.timedelta(seconds=now - snapshot.opened_at)
    opened_at = row.opened_at if row else timezone.now() - age
    works = tuple(live_works(snapshot, content=content))
    happened = _events(snapshot.stream_id, opened_at)
    reason = snapshot.verdict and str(snapshot.verdict)
    inspection = result_of(store.inspect(snapshot.stream_id), timeout)
    journaled = conf.get().JOURNAL
    live = store is stores.current()
    is_old = row is None or row.version < snapshot.version
    behind = live and journaled and snapshot.terminal and is_old
    return Report(
        stream_id=snapshot.stream_id,
        live=live,
        archived=not live,
        journaled=journaled,
        behind=behind,
        state=str(snapshot.state),
        reason=reason,
        owner=snapshot.owner,
        owner_name=_name_of(snapshot.owner),
        version=snapshot.version,
        process=str(row.process) if row else "",
        trace_id=snapshot.trace_id,
        opened_at=opened_at,
        seconds=seconds,
        sentence=status.waiting_for(snapshot, now, notes=content, wording=LOCAL)
        or describe_end(snapshot.state, reason, works, happened),
        works=works,
        events=happened,
        interventions=_interventions(snapshot.stream_id),
        frames_sent=snapshot.traffic.frames,
        bytes_sent=snapshot.traffic.bytes,
        inspection=inspection,
        frames=tuple(map(decode_frame, inspection.frames)) if content and inspection else None,
    )


def _report_from_journal(row: models.Stream, *, content: bool) -> Report:
    works = tuple(journaled_works(row.components.all(), row.opened_at, content=content))
    happened = _events(str(row.pk), row.opened_at)
    now = timezone.now()
    until = row.ended_at or now
    silence = max(0.0, seconds_between(row.process.seen_at, now))
    ended = row.state in TERMINAL
    return Report(
        stream_id=str(row.pk),
        live=False,
        archived=False,
        journaled=conf.get().JOURNAL,
        behind=False,
        state=row.state,
        reason=row.reason,
        owner=row.owner,
        owner_name=_name_of(row.owner),
        version=row.version,
        process=str(row.process),
        trace_id=row.trace_id,
        opened_at=row.opened_at,
        seconds=seconds_between(row.opened_at, until),
        sentence=describe_end(row.state, row.reason, works, happened)
        if ended
        else describe_wait(works, silence),
        works=works,
        events=happened,
        interventions=_interventions(str(row.pk)),
        frames_sent=row.frames,
        bytes_sent=row.bytes,
        inspection=None,
        frames=None,
    )


def _name_of(owner: str | None) -> str:
    return owners.names_of([owner]).get(owner or "", "")


def _events(stream_id: str, opened_at: dt.datetime) -> tuple[JournalEvent, ...]:
    rows = models.Transition.objects.filter(stream_id=stream_id).select_related("process")
    return tuple(journal_events(rows, opened_at))


def _interventions(stream_id: str) -> tuple[models.Intervention, ...]:
    return tuple(models.Intervention.objects.filter(stream_id=stream_id))
