"""The reaper: it closes the rows of streams that no process has any more."""

import time
from uuid import UUID

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from .. import stores
from ..escaping import make_logger
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import TERMINAL, Snapshot, State, Verdict
from ..models import UNRECORDED, Process, Stream, StreamComponent, Transition
from ..stores.base import result_of
from ..streams.plans import run
from ..streams.watchdog import enforce
from .heartbeat import stale_before
from .rows import DatabaseValues, StreamRows, rows_of_streams
from .upsert import write

logger = make_logger(__name__)

#: The step of a transition that no commit made. It is higher than any step of a commit, so that
#: both fit beside each other in one version.
PRESUMED_STEP = 1000
#: Seconds in which the store has to answer.
ANSWER_TIMEOUT = 5.0


def reap(using: str, *, most: int = 500, timeout: float = ANSWER_TIMEOUT) -> int:
    """Close the open rows of dead processes whose streams are not open in the store.

    Return how many rows were closed as `errored`, `producer_lost`; `most` are looked at. A stream
    that is still open in the store has no process that watches it, so its bounds are enforced here.
    If the store does not answer in `timeout` seconds, the other rows stay open.
    """
    closed = 0
    for row in _lost_rows(using)[:most]:
        try:
            is_open = _is_open(row, timeout)
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            logger.warning("the store can't be asked which streams are open: %r", error)
            break
        closed += not is_open and close(using, row, Verdict.PRODUCER_LOST)
    return closed


def reconcile(
    connection: BaseDatabaseWrapper, process: UUID, *, timeout: float = ANSWER_TIMEOUT
) -> None:
    """Correct the open rows of this process after records were lost.

    The rows get the state that the store has. A stream that the store has forgotten is closed as
    `unrecorded`: nobody knows how it ended.
    """
    mine = _open_rows(connection.alias).filter(process=process)
    known = {str(row.pk): row for row in mine.select_related("process")}
    try:
        opened = stores.current().open_streams()
        found = {stream_id: _load(stream_id, timeout) for stream_id in {*known, *opened}}
    except Exception:
        logger.exception("the journal can't be corrected: the store can't be asked")
        return
    snapshots = [snapshot for snapshot in found.values() if snapshot is not None]
    streams, components = rows_of_streams(snapshots, process, DatabaseValues(connection))
    write(connection, StreamRows(streams, components, []))
    for stream_id, row in known.items():
        if found[stream_id] is None:
            close(connection.alias, row, UNRECORDED)


def close(using: str, row: Stream, reason: str) -> bool:
    """Close a row, unless it has changed since it was read; return whether it was closed.

    The end gets the time of the last heartbeat of its process, because nothing later is known.
    """
    ended_at = max(row.opened_at, row.process.seen_at)
    with transaction.atomic(using):
        closed = (
            Stream.objects.using(using)
            # The version again: the process may have come back and written a newer one. And of two
            # processes that reap at the same time only one closes the row.
            .filter(pk=row.pk, version=row.version, ended_at__isnull=True)
            .update(
                state=State.ERRORED,
                reason=reason,
                ended_at=ended_at,
                presumed=True,
            )
        )
        if closed:
            pending = StreamComponent.objects.using(using).filter(
                stream_id=row.pk, status=Status.PENDING
            )
            settled_at = Greatest("registered_at", ended_at)
            pending.update(status=Status.LOST, reason=reason, settled_at=settled_at)
            _write_transition(using, row, reason)
    if closed:
        logger.warning(
            "stream %s was closed in the journal: %s", row.pk, reason,
            extra={"stream_id": str(row.pk), "reason": reason},
        )  # fmt: skip
    return bool(closed)


def _open_rows(using: str) -> QuerySet[Stream]:
    # Two conditions that say the same: MariaDB and MySQL have an index for the first one alone,
    # SQLite and PostgreSQL a smaller one for the second.
    unended = [state for state in State if state not in TERMINAL]
    return Stream.objects.using(using).filter(state__in=unended, ended_at__isnull=True)


def _lost_rows(using: str) -> QuerySet[Stream]:
    silent = Q(seen_at__lt=stale_before(time.time(), connections[using].timezone))
    dead = Process.objects.using(using).filter(silent | Q(ended_at__isnull=False))
    rows = _open_rows(using).filter(process__in=dead.values("id"))
    # The oldest first: rows that stay open must not keep older ones from their turn.
    return rows.select_related("process").order_by("opened_at", "id")


def _write_transition(using: str, row: Stream, reason: str) -> None:
    closing = Transition(
        stream_id=row.pk,
        version=row.version,
        step=PRESUMED_STEP,
        at=timezone.now(),
        trigger="reap",
        source=row.state,
        dest=State.ERRORED,
        reason=reason,
        process_id=row.process_id,
    )
    # A row that was closed, taken back by its process and closed again has one already.
    Transition.objects.using(using).bulk_create([closing], ignore_conflicts=True)


def _is_open(row: Stream, timeout: float) -> bool:
    """Return whether a stream is open in the store, and enforce its bounds if it is.

    If it ends by that, the commit is announced, and the journal writes the row as always.
    """
    snapshot = _load(str(row.pk), timeout)
    if snapshot is None or snapshot.terminal:
        return False
    run(enforce(stores.current(), str(row.pk)), "a thread")
    return True


def _load(stream_id: str, timeout: float) -> Snapshot | None:
    return result_of(stores.current().load(stream_id), timeout)
