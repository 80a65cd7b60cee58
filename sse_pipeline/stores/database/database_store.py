"""The store in a database: the shared store, over sessions of an engine."""

from __future__ import annotations

import os

from ...events.merging import KeptFrames
from ...exceptions import StoreUnavailable
from ..remote.store import SharedStore
from ..remote.store_request import StoreRequest
from ..stream_contents import Inspection
from .batch_follower import BatchFollower
from .database_link import DatabaseLink
from .database_tuning import DatabaseTuning
from .engine import DatabaseEngine, Session
from .kept_request import KeptRequest
from .table_leases import TableLeases
from .tail_request import TailRequest

#: The stores of the processes that this one was forked from.
_OF_PARENTS: list[SharedStore] = []


class DatabaseStore(SharedStore):
    """Streams that any number of processes share in a database.

    The constructor does no I/O: threads and connections are made with the first call that needs
    one.
    """

    def __init__(
        self,
        *,
        engine: DatabaseEngine,
        held_bytes: int,
        max_stream_bytes: int,
        keep: float,
        lease: float = 15.0,
        content_bytes: int = 1 << 24,
        tuning: DatabaseTuning | None = None,
    ) -> None:
        tuning = tuning or DatabaseTuning()
        super().__init__(
            held_bytes=held_bytes,
            max_stream_bytes=max_stream_bytes,
            keep=keep,
            lease=lease,
            content_bytes=content_bytes,
            tuning=tuning,
        )
        self._engine = engine
        follower = BatchFollower(self._replicas, engine, tuning, self._take_lease)
        self._follower = follower
        link = DatabaseLink(
            engine, self._clock, tuning, take_lease=self._take_lease, ring=follower.ring
        )
        self._connect(TableLeases(engine, tuning.swept_streams), link)

    def close(self) -> None:
        if self._pid != os.getpid():
            # A fork must not close what is its parent's: SQLite would let go of the parent's locks.
            _OF_PARENTS.append(self)
        super().close()

    def probe(self) -> None:
        try:
            session = self._engine.open()
            try:
                session.load([""])
            finally:
                session.close()
        except self._engine.failures as error:
            raise StoreUnavailable(
                f"SSE_PIPELINE['STORE']: {self._engine.describe()} can't be used: {error}"
            ) from error

    def _inspection(self, stream_id: str, most: int) -> StoreRequest[Inspection | None]:
        return TailRequest(self._context, stream_id, most)

    def _content(self, stream_id: str) -> StoreRequest[KeptFrames]:
        return KeptRequest(self._context, stream_id)

    def _take_lease(self, session: Session) -> None:
        session.renew(self.process, self._lease, [])
        self._lease_keeper.start()
