"""The reaper: closes the rows of streams that nobody has any more."""

import datetime as dt
import logging
from uuid import UUID

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from .. import stores
from ..lifecycle.registry import Status
from ..lifecycle.snapshot import Snapshot, State, Verdict
from ..models import UNRECORDED, Component, Process, Stream, Transition
from ..stores.base import result_of
from ..streams.plans import run
from ..streams.watchdog import enforce
from . import rows
from .heartbeat import STALE
from .upsert import write

logger = logging.getLogger(__name__)

#: Rows that are closed at once at most, and seconds that the store has for one of them.
MOST = 500
PATIENCE = 5.0
#: The step of a transition that no commit made.
PRESUMED = 1000


def reap(using: str) -> int:
    """Close the rows of dead processes whose streams the store no longer has open.

    They become `errored`, `producer_lost`. Returns how many there were. Those that are open are
    held to their bounds: nobody else may do it any more. A store that can't be asked leaves them.
    """
    silent = Q(seen_at__lt=timezone.now() - dt.timedelta(seconds=STALE))
    dead = Process.objects.using(using).filter(silent | Q(ended_at__isnull=False))
    lost = (
        Stream.objects.using(using)
        .filter(ended_at__isnull=True, process__in=dead.values("id"))
        .select_related("process")[:MOST]
    )
    closed = 0
    for row in lost:
        try:
            is_open = _is_open(row)
        except Exception as error:  # noqa: BLE001 - whatever a store raises
            logger.warning("the store can't be asked which streams are open: %r", error)
            break
        closed += not is_open and close(using, row, Verdict.PRODUCER_LOST)
    return closed


def reconcile(connection: BaseDatabaseWrapper, process: UUID) -> None:
    """Set the open rows of this process right, after records were lost.

    Those whose stream the store has forgotten are closed: how they ended, nobody knows.
    """
    mine = Stream.objects.using(connection.alias).filter(ended_at__isnull=True, process=process)
    known = {str(row.pk): row for row in mine.select_related("process")}
    try:
        store = stores.current()
        found = {each: _load(each) for each in {*known, *store.open_streams()}}
    except Exception:
        logger.exception("the journal can't be set right: the store can't be asked")
        return
    snapshots = [snapshot for snapshot in found.values() if snapshot is not None]
    streams, components = rows.of_streams(snapshots, process, rows.Dialect(connection))
    write(connection, rows.Rows(streams, components, []))
    for stream_id, row in known.items():
        if found[stream_id] is None:
            close(connection.alias, row, UNRECORDED)


def close(using: str, row: Stream, reason: str) -> bool:
    """Close a row, unless it has changed meanwhile; tell whether it was closed.

    It ended when its process was last heard of: later, nobody knows.
    """
    ended_at = max(row.opened_at, row.process.seen_at)
    with transaction.atomic(using):
        taken = (
            Stream.objects.using(using)
            .filter(pk=row.pk, version=row.version, ended_at__isnull=True)
            .update(
                state=State.ERRORED,
                reason=reason,
                ended_at=ended_at,
                presumed=True,
                components_done=F("components_total"),
            )
        )
        if taken:
            Component.objects.using(using).filter(stream_id=row.pk, status=Status.PENDING).update(
                status=Status.LOST, reason=reason, settled_at=Greatest("registered_at", ended_at)
            )
            _tell(using, row, reason)
    if taken:
        logger.warning(
            "stream %s was closed in the journal: %s", row.pk, reason,
            extra={"stream_id": str(row.pk), "reason": reason},
        )  # fmt: skip
    return bool(taken)


def _tell(using: str, row: Stream, reason: str) -> None:
    """Write down that the journal closed a row."""
    Transition.objects.using(using).bulk_create(
        [
            Transition(
                stream_id=row.pk,
                version=row.version,
                step=PRESUMED,
                at=timezone.now(),
                trigger="reap",
                source=row.state,
                dest=State.ERRORED,
                reason=reason,
                process_id=row.process_id,
            )
        ],
        ignore_conflicts=True,
    )


def _is_open(row: Stream) -> bool:
    """Tell whether the store has a stream open; if it ends now, that is announced, and written."""
    snapshot = _load(str(row.pk))
    if snapshot is None or snapshot.terminal:
        return False
    run(enforce(stores.current(), str(row.pk)), "a thread")
    return True


def _load(stream_id: str) -> Snapshot | None:
    return result_of(stores.current().load(stream_id), PATIENCE)
