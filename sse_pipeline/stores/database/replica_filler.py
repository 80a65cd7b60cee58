"""Fills replicas: it reads what each stream has beyond its replica, many streams in one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...escaping import make_logger
from ...exceptions import StreamNotFound
from ..remote import futures
from ..remote.batch import Batch
from ..remote.codec import parse_flags
from ..remote.pending_update import PendingUpdate
from ..remote.replica import Replica
from ..remote.replica_cache import ReplicaCache
from ..remote.unavailability import unreadable
from .engine import Session, StreamRow

logger = make_logger(__name__)


class ReplicaFiller:
    """Updates replicas over a given session. One thread uses it."""

    def __init__(self, replicas: ReplicaCache, page: int) -> None:
        self._replicas = replicas
        self._page = page

    def update(self, session: Session, pending: Mapping[str, PendingUpdate]) -> None:
        """Read the state of streams and all that follows in them; then resolve the futures.

        An error of the session passes through. Futures that are not done have to be asked for again
        then.
        """
        replicas = [each for id_ in pending if (each := self._replicas.find(id_)) is not None]
        known = {each.stream_id: each.known for each in replicas}
        # The state first: what is read of the log is at least as new.
        rows = session.load([*known]) if known else {}
        self._fill(session, replicas, rows)
        for replica in replicas:
            was_known = known[replica.stream_id]
            update = pending[replica.stream_id]
            _take_state(replica, rows.get(replica.stream_id), update, was_known=was_known)
        for update in pending.values():  # replicas that were dropped in the meantime
            update.fail(StreamNotFound("nobody follows the stream any more"))

    def read_on(self, session: Session, streams: Iterable[str]) -> None:
        """Read what follows in the streams of which this process wants the batches."""
        found = [each for id_ in streams if (each := self._replicas.find(id_)) is not None]
        self._fill(session, found, {})
        for replica in found:
            if (frame_log := replica.frame_log) is not None:
                replica.set_flags(frame_log.log.cancelled, frame_log.log.ended)

    def read_flags(self, session: Session, streams: Iterable[str]) -> None:
        """Read the flags of streams."""
        found = [each for id_ in streams if (each := self._replicas.find(id_)) is not None]
        known = {each.stream_id: each.known for each in found}
        rows = session.load([*known]) if known else {}
        for replica in found:
            row, was_known = rows.get(replica.stream_id), known[replica.stream_id]
            _take_state(replica, row, PendingUpdate(), was_known=was_known)

    def _fill(
        self, session: Session, replicas: Iterable[Replica], rows: Mapping[str, StreamRow]
    ) -> None:
        left = {each.stream_id: each for each in replicas if each.frame_log is not None}
        while left:
            after = {
                id_: replica.frame_log.position[1]
                for id_, replica in left.items()
                if replica.frame_log is not None
            }
            fetched = session.fetch(after, self._page)
            left = {
                id_: left[id_]
                for id_, batches in fetched.items()
                if _take_batches(left[id_], batches, rows.get(id_)) and len(batches) == self._page
            }


def _take_batches(replica: Replica, batches: list[Batch], row: StreamRow | None) -> bool:
    """Put batches into a replica; return whether that went well. Raise nothing."""
    if (frame_log := replica.frame_log) is None:
        return False
    try:
        frame_log.fill(batches, row.first if row else None)
    except Exception as error:
        logger.exception("stream %s: a batch can't be handled", replica.stream_id)
        replica.fail(unreadable(replica.stream_id, error))
        return False
    return True


def _take_state(
    replica: Replica, row: StreamRow | None, update: PendingUpdate, *, was_known: bool
) -> None:
    if row is None:
        update.fail(StreamNotFound.by_id(replica.stream_id))
        replica.forget(was_known=was_known)
        return
    replica.known = True
    replica.set_flags(*parse_flags(row.flags.encode()))
    failure = replica.frame_log.log.failure if replica.frame_log else None
    if failure is not None:
        update.fail(failure)
    else:
        replica.flag_log.failure = None  # it can be read again
        futures.resolve(update.futures, replica)
