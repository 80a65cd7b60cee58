"""The one reader of this process: it copies streams into the logs that readers follow."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress

from redis.exceptions import RedisError

from ...exceptions import StoreUnavailable
from . import keys
from .bells import ring
from .connection import Address, unavailable
from .copies import Copies, Copy
from .copying import Copier, Wanted
from .line import Line, line
from .link import Link
from .listener import Listener
from .operations import promise

logger = logging.getLogger(__name__)

#: Seconds for which a server that is away is waited for, before those who wait are told.
PATIENCE = 30.0
#: Seconds between two attempts, at first and at most.
PAUSE, PAUSES = 0.05, 1.0
#: How many streams are read at once, at most.
STREAMS = 500


class Follower:
    """Copies streams on request, in a thread, and has listeners copy what rings, in theirs.

    A failure of its own fails all who wait for a copy.
    """

    def __init__(self, copies: Copies, address: Address) -> None:
        self._copies = copies
        self._address = address
        self._copier = Copier(copies)
        self._link = Link(address)
        self._turn = threading.Condition()
        self._wanted: dict[str, Wanted] = defaultdict(Wanted)
        self._taken: dict[str, Wanted] = {}
        self._thread: threading.Thread | None = None
        self._listeners: list[Listener] = []
        self._stopped = threading.Event()
        self._failure: BaseException | None = None

    def ask(self, stream_id: str) -> Future[Copy]:
        """Have a stream copied as it is now; the future may raise `StreamNotFound`."""
        future = promise()
        self._want([stream_id], future)
        return future

    def look_at_all(self) -> None:
        """Copy whatever changed, when a ring may have been lost."""
        self._want([copy.stream_id for copy in self._copies.all()], whole=True)

    def close(self) -> None:
        """End the threads, and wait for them."""
        with self._turn:
            self._stopped.set()
            self._turn.notify()
        if self._thread is not None:
            self._thread.join()
        for listener in self._listeners:
            listener.stop()
        self._ring()
        for listener in self._listeners:
            listener.join()
        self._give_up(StoreUnavailable("the store was closed"))

    def _ring(self) -> None:
        """Have those who listen notice that they are to end."""
        if self._listeners:
            with suppress(RedisError), closing(line(self._address.connect())) as bells:
                bells.exchange([ring(name) for name in keys.bells(self._address.cluster or False)])

    def _want(
        self, stream_ids: Sequence[str], future: Future[Copy] | None = None, *, whole: bool = False
    ) -> None:
        with self._turn:
            if self._stopped.is_set() or self._failure is not None:
                if future is not None:
                    reason = self._failure or "this process let go of it"
                    future.set_exception(StoreUnavailable(f"the store is closed: {reason}"))
                return
            for stream_id in stream_ids:
                wanted = self._wanted[stream_id]
                wanted.whole |= whole
                if future is not None:
                    wanted.futures.append(future)
            self._turn.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sse-follower", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as error:
            logger.critical("the reader of the store failed", exc_info=error)
            with self._turn:
                self._failure = error
            self._give_up(StoreUnavailable(repr(error)))
        finally:
            self._link.drop()

    def _follow(self) -> None:
        away_since, pause = 0.0, PAUSE
        while not self._stopped.is_set():
            wanted = self._take()
            try:
                self._copier.copy(self._connected(), wanted)
                away_since, pause = 0.0, PAUSE
            except RedisError as error:
                self._link.drop()
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > PATIENCE:
                    _fail(wanted, unavailable(PATIENCE, error))
                self._put_back(wanted)
                self._stopped.wait(pause)
                pause = min(2 * pause, PAUSES)

    def _take(self) -> dict[str, Wanted]:
        with self._turn:
            while not self._wanted and not self._stopped.is_set():
                self._turn.wait()
            taken = list(self._wanted)[:STREAMS]
            self._taken = {stream_id: self._wanted.pop(stream_id) for stream_id in taken}
            return self._taken

    def _put_back(self, wanted: dict[str, Wanted]) -> None:
        with self._turn:
            for stream_id, each in wanted.items():
                again = self._wanted[stream_id]
                again.whole |= each.whole
                again.futures += [future for future in each.futures if not future.done()]

    def _connected(self) -> Line:
        line = self._link.line()
        if not self._listeners:
            self._listeners = [
                Listener(names, self._address, self._copies, self.look_at_all)
                for names in _grouped(self._address.cluster or False)
            ]
            for listener in self._listeners:
                listener.start()
        return line

    def _give_up(self, error: StoreUnavailable) -> None:
        with self._turn:
            wanted = dict(self._wanted)
            self._wanted.clear()
        _fail(wanted, error)
        _fail(self._taken, error)


def _grouped(cluster: bool) -> list[list[str]]:
    """Return the bells by the connection that is blocked on them."""
    names = list(keys.bells(cluster))
    return [[name] for name in names] if cluster else [names]


def _fail(wanted: Mapping[str, Wanted], error: StoreUnavailable) -> None:
    for each in wanted.values():
        each.fail(error)
