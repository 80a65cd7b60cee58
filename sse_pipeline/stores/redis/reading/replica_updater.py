"""Brings replicas up to date: it reads what each stream has beyond its replica.

The subscriber may fill a replica at the same time. Nobody locks a stream: the updater reads from
the position that the replica had, and the `ReplicaLog` takes each batch once. So a frame never
waits for another thread's network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from redis.exceptions import RedisError

from ....escaping import make_logger
from ....exceptions import StoreUnavailable, StreamNotFound
from ...remote import futures
from ...remote.codec import parse_flags
from ...remote.pending_update import PendingUpdate
from ...remote.replica import Replica, ReplicaLog
from ...remote.replica_cache import ReplicaCache
from ...remote.unavailability import unreadable
from .. import keys
from ..connection import Command, Connection, ServerAnswer
from ..entries import batch_of_entry
from ..failures import is_from_replica, is_temporary

logger = make_logger(__name__)


class _Query(NamedTuple):
    """The commands that were sent for a replica.

    `is_judged` is whether callers wait, who judge by what the server holds. `was_known` is whether
    the stream was known before they were sent. It may be opened while they are under way: an
    answer without the stream does not mean then that it was forgotten.
    """

    replica: Replica
    frame_log: ReplicaLog | None
    is_judged: bool
    reads_state: bool
    was_known: bool


class ReplicaUpdater:
    """Updates replicas over a given connection. One thread uses it."""

    def __init__(self, replicas: ReplicaCache, page_entries: int) -> None:
        self._replicas = replicas
        self._most = page_entries
        self._page = page_entries

    def update(self, connection: Connection, pending: Mapping[str, PendingUpdate]) -> None:
        """Read page after page of each stream, up to its end; then resolve its futures.

        Raises:
            RedisError: The server is away. Futures that are not done have to be asked for again.
        """
        try:
            self._update(connection, pending)
        except BaseException:
            # An answer that is too large for the timeout may succeed in pieces.
            self._page = max(1, self._page // 4)
            raise
        self._page = min(2 * self._page, self._most)

    def _update(self, connection: Connection, pending: Mapping[str, PendingUpdate]) -> None:
        left = [each for id_ in pending if (each := self._replicas.find(id_)) is not None]
        while left:
            commands: list[Command] = []
            queries = [self._query(commands, each, pending[each.stream_id]) for each in left]
            answers = iter(connection.execute(commands))
            left = []
            for query in queries:
                if query.is_judged:
                    _check_primary(next(answers))
                state = next(answers) if query.reads_state else None
                entries = next(answers) if query.frame_log is not None else ()
                update = pending[query.replica.stream_id]
                if self._take_alone(query, state, entries, update):
                    left.append(query.replica)
        for update in pending.values():  # replicas that were dropped in the meantime
            update.fail(StreamNotFound("nobody follows the stream any more"))

    def _query(self, commands: list[Command], replica: Replica, update: PendingUpdate) -> _Query:
        """Ask for the entries that follow, and for the hash only if the entries do not say it."""
        frame_log = replica.frame_log
        is_judged = bool(update.futures)
        reads_state = (
            frame_log is None or frame_log.position == (0, 0) or update.checks_state or is_judged
        )
        if is_judged:
            # It deletes nothing. Reads succeed on a primary that became a replica and gets nothing
            # new; by those, a frame or a stream that others can see would be judged unknown.
            commands.append(("HDEL", keys.state(replica.stream_id), ""))
        if reads_state:
            commands.append(("HMGET", keys.state(replica.stream_id), "version", "flags", "first"))
        if frame_log is not None:
            last, version = frame_log.position
            after = f"({last}-{version}"
            key = keys.log(replica.stream_id)
            commands.append(("XRANGE", key, after, "+", "COUNT", self._page))
        return _Query(replica, frame_log, is_judged, reads_state, replica.known)

    def _take_alone(
        self, query: _Query, state: ServerAnswer, entries: ServerAnswer, update: PendingUpdate
    ) -> bool:
        """Take the answers of one stream. What they raise concerns this stream alone.

        Raises:
            RedisError: The server is away.
        """
        try:
            return self._take(query, state, entries, update)
        except RedisError:
            raise
        except Exception as error:
            replica = query.replica
            if replica.flag_log.failure is None:  # once, and not at each message
                logger.exception("stream %s: an answer can't be handled", replica.stream_id)
            _give_up(replica, unreadable(replica.stream_id, error), update)
            return False

    def _take(
        self,
        query: _Query,
        state: ServerAnswer,
        entries: ServerAnswer,
        update: PendingUpdate,
    ) -> bool:
        """Take the answers of one stream; return whether there may be a further page."""
        replica, frame_log = query.replica, query.frame_log
        if error := _refusal(state, entries):
            id_ = replica.stream_id
            logger.error("stream %s can't be read: %s", id_, error, extra={"stream_id": id_})
            _give_up(replica, StoreUnavailable(f"stream {id_} can't be read: {error}"), update)
            return False
        if frame_log is not None:
            first_frame = state[2] if state else None
            frame_log.fill([batch_of_entry(*entry) for entry in entries], first_frame)
            if len(entries) == self._page:
                return True
        if state is not None:
            _take_state(query, state, update)
        elif frame_log is not None:
            replica.set_flags(frame_log.log.cancelled, frame_log.log.ended)
        return False


def _check_primary(answer: ServerAnswer) -> None:
    """Raise a refusal of the write if it is that of a replica. Another one hinders no reading."""
    if isinstance(answer, RedisError) and is_from_replica(answer):
        raise answer


def _take_state(query: _Query, state: Sequence[bytes | None], update: PendingUpdate) -> None:
    """Take over the hash, and resolve the futures."""
    replica = query.replica
    if state[0] is None:
        update.fail(StreamNotFound.by_id(replica.stream_id))
        replica.forget(was_known=query.was_known)
        return
    replica.known = True
    replica.flag_log.failure = None  # it can be read again
    replica.set_flags(*parse_flags(state[1] or b""))
    futures.resolve(update.futures, replica)


def _refusal(*answers: ServerAnswer) -> RedisError | None:
    """Return the error that is among the answers; raise one that is temporary."""
    for answer in answers:
        if isinstance(answer, RedisError):
            if is_temporary(answer):
                raise answer
            return answer
    return None


def _give_up(replica: Replica, failure: StoreUnavailable, update: PendingUpdate) -> None:
    """Fail the callers of one stream that can't be read; the others go on."""
    replica.fail(failure)
    update.fail(failure)
