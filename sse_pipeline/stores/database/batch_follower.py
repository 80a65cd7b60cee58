"""The follower: it hears that streams have new batches, and fills their replicas.

One thread with one connection does both, so that it needs no word between the two. `attach` must
not block: it leaves a request here and wakes the thread.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing

from ...escaping import make_logger
from ...exceptions import StoreUnavailable
from ..remote import futures
from ..remote.background_thread import BackgroundThread
from ..remote.backoff import Backoff
from ..remote.pending_update import PendingUpdate
from ..remote.replica import Replica
from ..remote.replica_cache import ReplicaCache, Wanted
from ..remote.unavailability import closed_error, unavailable
from ..remote.waker import Waker
from .database_tuning import DatabaseTuning
from .engine import DatabaseEngine, Heard, Session
from .replica_filler import ReplicaFiller

logger = make_logger(__name__)


class BatchFollower:
    """Fills replicas in a thread of its own. Any thread may call it.

    `take_lease` gets each new session: a process with a lease looks at all its replicas in time,
    though it only reads.
    """

    def __init__(
        self,
        replicas: ReplicaCache,
        engine: DatabaseEngine,
        tuning: DatabaseTuning,
        take_lease: Callable[[Session], None],
    ) -> None:
        self._replicas = replicas
        self._engine = engine
        self._tuning = tuning
        self._take_lease = take_lease
        self._filler = ReplicaFiller(replicas, tuning.page_entries)
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause, tuning.patience)
        self._thread = BackgroundThread("sse-follower", self._run)
        self._waker: Waker | None = None
        #: Guards `_pending` and `_rung`.
        self._asking = threading.Lock()
        self._pending: dict[str, PendingUpdate] = defaultdict(PendingUpdate)
        self._rung: set[str] = set()
        # The thread alone uses these.
        self._taken: dict[str, PendingUpdate] = {}
        self._session: Session | None = None
        self._flags_at = 0.0
        self._told_silence = False

    def fetch(self, stream_id: str) -> Future[Replica]:
        future: Future[Replica] = futures.new_future()
        self._request([stream_id], PendingUpdate([future]))
        return future

    def check_all(self) -> None:
        ids = [replica.stream_id for replica in self._replicas.all()]
        if ids:
            self._request(ids, PendingUpdate(checks_state=True))

    def follow(self, *stream_ids: str) -> None:
        """Do nothing: each bell is looked at by what is wanted then."""

    def ring(self, stream_ids: Sequence[str]) -> None:
        """Take note that this process has appended to streams, if nothing else says so."""
        session = self._session
        if session is None or session.hears:
            return
        rung = {each for each in stream_ids if self._replicas.wanted_of(each)}
        if rung:
            with self._asking:
                self._rung |= rung
            self._wake()

    def close(self) -> None:
        self._thread.stop()
        self._wake()
        self._thread.join()
        error = StoreUnavailable("the store was closed")
        with self._asking:
            pending = [*self._pending.values(), *self._taken.values()]
            self._pending.clear()
        for update in pending:
            update.fail(error)

    def _request(self, stream_ids: Iterable[str], update: PendingUpdate) -> None:
        with self._asking:
            if self._thread.stopped.is_set():
                update.fail(closed_error())
                return
            for stream_id in stream_ids:
                self._pending[stream_id].merge(update)
        self._thread.start()
        self._wake()

    def _wake(self) -> None:
        if (waker := self._waker) is not None:
            waker.wake()

    def _run(self) -> None:
        # Before the first look at `_pending`: whoever found no waker has made its request by then.
        with closing(Waker()) as self._waker:
            self._waker.wake()
            while not self._thread.stopped.is_set():
                try:
                    self._follow(self._waker)
                except self._engine.failures as error:
                    self._note_failure(error)
                except Exception as error:
                    logger.exception("the reader of the store failed once and goes on")
                    self._drop()
                    self._fail(StoreUnavailable(f"the store failed: {error!r}"))
                    self._backoff.pause(self._thread.stopped)
            self._drop()

    def _follow(self, waker: Waker) -> None:
        """Wait, and then read what was asked for and what was heard."""
        session = self._opened()
        heard = session.wait(waker, following=self._follows())
        rung = self._take()
        try:
            self._filler.update(session, self._taken)
            self._read(session, heard, rung)
        except BaseException:
            self._put_back(rung)
            raise
        self._taken = {}
        self._backoff.reset()

    def _read(self, session: Session, heard: Heard, rung: set[str]) -> None:
        """Read what was heard, as far as it is wanted."""
        streams = rung | heard.streams
        flagged = set(heard.flagged)
        if heard.anything or rung:
            now = time.monotonic()
            reads_flags = now - self._flags_at >= self._tuning.idle_poll
            if reads_flags:
                self._flags_at = now
            everyone = self._replicas.all() if heard.anything else []
            streams |= {each.stream_id for each in everyone}
            flagged |= streams if reads_flags else set()
        wanted = {each: self._replicas.wanted_of(each) for each in streams | flagged}
        batches = [each for each, what in wanted.items() if what is Wanted.BATCHES]
        flags = [each for each in flagged if wanted[each] is Wanted.FLAGS]
        if batches:
            self._filler.read_on(session, batches)
        if flags:
            self._filler.read_flags(session, flags)

    def _follows(self) -> bool:
        """Return whether open streams are followed here; it matters only without bells."""
        if self._session is None or self._session.hears:
            return True
        return any(self._replicas.wanted_of(each.stream_id) for each in self._replicas.all())

    def _opened(self) -> Session:
        if self._session is None:
            session = self._engine.open()
            try:
                self._take_lease(session)
                session.listen()
            except BaseException:
                session.close()
                raise
            self._session = session
            if session.silence and not self._told_silence:
                self._told_silence = True
                logger.warning("%s: %s", self._engine.describe(), session.silence)
            self.check_all()  # what came before is not heard
        return self._session

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _note_failure(self, error: Exception) -> None:
        self._drop()
        self._backoff.begin()
        if self._backoff.expired:
            self._fail(unavailable(self._tuning.patience, error))
        self._backoff.pause(self._thread.stopped)

    def _take(self) -> set[str]:
        """Take what was asked for, as much as goes into one step; return what was rung."""
        with self._asking:
            ids = list(self._pending)[: self._tuning.fetched_streams]
            self._taken = {stream_id: self._pending.pop(stream_id) for stream_id in ids}
            if self._pending:
                self._wake()
            rung, self._rung = self._rung, set()
            return rung

    def _put_back(self, rung: set[str]) -> None:
        with self._asking:
            for stream_id, update in self._taken.items():
                self._pending[stream_id].merge(update)
            self._taken = {}
            self._rung |= rung

    def _fail(self, error: StoreUnavailable) -> None:
        """Fail the callers that wait."""
        with self._asking:
            pending = dict(self._pending)
            self._pending.clear()
        for update in pending.values():
            update.fail(error)
