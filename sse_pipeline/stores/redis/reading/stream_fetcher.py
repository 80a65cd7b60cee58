"""The fetcher: it brings replicas up to date when a caller attaches or rings may be missing.

It is a thread, because `attach` must not block, and because a bell reader is blocked in its read
and can't serve requests. It starts the bell readers with its first connection: before that nobody
reads in this process. It does not wait for them: each bell reader asks the fetcher for a look at
all replicas once it listens, so nothing is missed in between.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress

from redis.exceptions import RedisError

from ....escaping import make_logger
from ....exceptions import StoreUnavailable
from .. import futures
from ..background_thread import BackgroundThread
from ..backoff import Backoff
from ..bell_entry import ring_command
from ..connection import Connection
from ..connection_slot import ConnectionSlot, ReconnectSignal
from ..failures import closed_error, unavailable
from ..replica import Replica
from ..replica_cache import ReplicaCache
from ..server import Server
from ..tuning import Tuning
from .bell_reader import BellReader
from .replica_updater import PendingUpdate, ReplicaUpdater

logger = make_logger(__name__)


class StreamFetcher:
    """Updates replicas on request, in a thread of its own. Any thread may ask.

    A stream that can't be read fails alone. A fault that concerns no single stream fails those
    callers whose update is under way, and the thread goes on.
    """

    def __init__(
        self, replicas: ReplicaCache, server: Server, signal: ReconnectSignal, tuning: Tuning
    ) -> None:
        self._replicas = replicas
        self._server = server
        self._signal = signal
        self._tuning = tuning
        self._updater = ReplicaUpdater(replicas, tuning.page_entries)
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause, tuning.patience)
        self._slot = ConnectionSlot(server, signal)
        self._thread = BackgroundThread("sse-follower", self._run)
        #: Guards `_pending`, and is notified when it changes or the store closes.
        self._changed = threading.Condition()
        self._pending: dict[str, PendingUpdate] = defaultdict(PendingUpdate)
        # The thread alone uses these two while it runs; `close` after it has ended.
        self._taken: dict[str, PendingUpdate] = {}
        self._bell_readers: list[BellReader] = []

    def fetch(self, stream_id: str) -> Future[Replica]:
        """Return a future of the replica when it holds all that the server holds now.

        The future raises `StreamNotFound` or `StoreUnavailable`.
        """
        future: Future[Replica] = futures.new_future()
        self._request([stream_id], PendingUpdate([future]))
        return future

    def check_all(self) -> None:
        """Update all replicas: rings may be missing."""
        ids = [replica.stream_id for replica in self._replicas.all()]
        self._request(ids, PendingUpdate(checks_state=True))

    def close(self) -> None:
        """End the threads and wait for them; callers that wait get `StoreUnavailable`."""
        with self._changed:
            self._thread.stop()
            self._changed.notify()
        self._thread.join()
        for reader in self._bell_readers:
            reader.stop()
        self._wake_bell_readers()
        for reader in self._bell_readers:
            reader.join()
        self._give_up(StoreUnavailable("the store was closed"))

    def _wake_bell_readers(self) -> None:
        """Ring the bells, or the bell readers would stay in their reads for seconds."""
        if self._bell_readers:
            kept = self._tuning.kept_rings
            with suppress(RedisError), closing(self._server.open()) as connection:
                connection.execute([ring_command(bell, kept) for bell in self._server.bells])

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
            self._updater.update(self._connect(), taken)
        except RedisError as error:
            self._slot.drop()
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

    def _connect(self) -> Connection:
        """Return the connection; start the bell readers once the server is known."""
        connection = self._slot.get()
        if not self._bell_readers:
            self._bell_readers = [
                BellReader(bells, self._server, self._signal, self._replicas, self._tuning,
                           on_missed=self.check_all)
                for bells in _by_connection(self._server)
            ]  # fmt: skip
            for reader in self._bell_readers:
                reader.start()
        return connection

    def _give_up(self, error: StoreUnavailable) -> None:
        with self._changed:
            pending = dict(self._pending)
            self._pending.clear()
        _fail(pending, error)
        _fail(self._taken, error)


def _by_connection(server: Server) -> list[list[str]]:
    """Return the bells in groups that one connection can block on: those of one slot."""
    bells = list(server.bells)
    return [[bell] for bell in bells] if server.is_cluster else [bells]


def _fail(updates: Mapping[str, PendingUpdate], error: StoreUnavailable) -> None:
    for update in updates.values():
        update.fail(error)
