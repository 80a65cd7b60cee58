"""The fetcher: it brings replicas up to date when a caller attaches or something may be missing.

It is a thread, because `attach` must not block, and because the subscriber must not wait for
another answer while messages come.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from redis.exceptions import RedisError

from ....escaping import make_logger
from ....exceptions import StoreUnavailable
from ...remote import futures
from ...remote.background_thread import BackgroundThread
from ...remote.backoff import Backoff
from ...remote.pending_update import PendingUpdate
from ...remote.replica import Replica
from ...remote.replica_cache import ReplicaCache
from ...remote.tuning import Tuning
from ...remote.unavailability import closed_error, unavailable
from ..connection import Client
from ..connection_slot import ConnectionSlot, ReconnectSignal
from ..failures import is_from_replica
from ..server import Server
from .replica_updater import ReplicaUpdater

logger = make_logger(__name__)


class StreamFetcher:
    """Updates replicas on request, in a thread of its own. Any thread may ask.

    A stream that can't be read fails alone. A fault that concerns no single stream fails those
    callers whose update is under way, and the thread goes on. `take_lease` gets each new client: a
    process with a lease looks at all its replicas in time, though it only reads.
    """

    def __init__(
        self,
        replicas: ReplicaCache,
        server: Server,
        signal: ReconnectSignal,
        tuning: Tuning,
        take_lease: Callable[[Client], None],
    ) -> None:
        self._replicas = replicas
        self._server = server
        self._signal = signal
        self._tuning = tuning
        self._updater = ReplicaUpdater(replicas, tuning.page_entries)
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause, tuning.patience)
        self._slot = ConnectionSlot(server, signal, take_lease)
        self._thread = BackgroundThread("sse-follower", self._run)
        #: Guards `_pending`, and is notified when it changes or the store closes.
        self._changed = threading.Condition()
        self._pending: dict[str, PendingUpdate] = defaultdict(PendingUpdate)
        # The thread alone uses it while it runs; `close` after it has ended.
        self._taken: dict[str, PendingUpdate] = {}

    def fetch(self, stream_id: str) -> Future[Replica]:
        """Return a future of the replica when it holds all that the server holds now.

        The future raises `StreamNotFound` or `StoreUnavailable`.
        """
        future: Future[Replica] = futures.new_future()
        self._request([stream_id], PendingUpdate([future]))
        return future

    def check(self, stream_ids: Sequence[str]) -> None:
        """Update the replicas of streams of which something may be missing."""
        self._request(stream_ids, PendingUpdate())

    def check_all(self) -> None:
        """Update all replicas: messages may be missing."""
        ids = [replica.stream_id for replica in self._replicas.all()]
        self._request(ids, PendingUpdate(checks_state=True))

    def close(self) -> None:
        """End the thread and wait for it; callers that wait get `StoreUnavailable`."""
        with self._changed:
            self._thread.stop()
            self._changed.notify()
        self._thread.join()
        self._give_up(StoreUnavailable("the store was closed"))

    def _request(self, stream_ids: Sequence[str], update: PendingUpdate) -> None:
        with self._changed:
            if self._thread.stopped.is_set():
                update.fail(closed_error())
                return
            for stream_id in stream_ids:
                self._pending[stream_id].merge(update)
            self._changed.notify()
            self._thread.start()

    def _run(self) -> None:
        while not self._thread.stopped.is_set():
            taken = self._take()
            try:
                self._update(taken)
            except Exception as error:
                logger.exception("the reader of the store failed once and goes on")
                self._slot.drop()
                _fail(taken, StoreUnavailable(f"the store failed: {error!r}"))
                self._backoff.pause(self._thread.stopped)
        self._slot.drop()

    def _update(self, taken: dict[str, PendingUpdate]) -> None:
        try:
            self._updater.update(self._slot.get(), taken)
        except RedisError as error:
            self._slot.drop()
            if is_from_replica(error):
                self._signal.send()  # the others are connected to it too
            self._backoff.begin()
            if self._backoff.expired:
                _fail(taken, unavailable(self._tuning.patience, error))
            self._put_back(taken)
            self._backoff.pause(self._thread.stopped)
        else:
            self._backoff.reset()

    def _take(self) -> dict[str, PendingUpdate]:
        with self._changed:
            while not self._pending and not self._thread.stopped.is_set():
                self._changed.wait()
            ids = list(self._pending)[: self._tuning.fetched_streams]
            self._taken = {stream_id: self._pending.pop(stream_id) for stream_id in ids}
            return self._taken

    def _put_back(self, taken: dict[str, PendingUpdate]) -> None:
        with self._changed:
            for stream_id, update in taken.items():
                self._pending[stream_id].merge(update)

    def _give_up(self, error: StoreUnavailable) -> None:
        with self._changed:
            pending = dict(self._pending)
            self._pending.clear()
        _fail(pending, error)
        _fail(self._taken, error)


def _fail(updates: Mapping[str, PendingUpdate], error: StoreUnavailable) -> None:
    for update in updates.values():
        update.fail(error)
