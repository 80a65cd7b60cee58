"""The one reader of this process: it copies what rang into the logs that readers follow."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

from redis.exceptions import RedisError

from ...exceptions import StoreUnavailable, StreamNotFound
from . import bells, keys
from .bells import BellReader
from .connection import Address, Client, unavailable
from .copies import Copies, Copy, Filling
from .operations import promise

logger = logging.getLogger(__name__)

#: Seconds for which a server that is away is waited for, before those who wait are told.
PATIENCE = 30.0
#: Seconds between two attempts, at first and at most.
PAUSE, PAUSES = 0.05, 1.0
#: How many entries of a stream, and how many streams, are read at once.
PAGE, STREAMS = 1000, 500


@dataclass(slots=True)
class Wanted:
    """A stream that is to be copied: for whom, and whether its state is looked at as well."""

    futures: list[Future[Copy]] = field(default_factory=list)
    whole: bool = False


class Follower:
    """Copies streams on request: of those who attach, and of the bells.

    One thread asks, and one for each bell of the server waits. A failure of its own fails all who
    wait for a copy.
    """

    def __init__(self, copies: Copies, address: Address, connect: Callable[[], Client]) -> None:
        self._copies = copies
        self._address = address
        self._connect = connect
        self._client: Client | None = None
        self._moves = 0
        self._page = PAGE
        self._turn = threading.Condition()
        self._wanted: dict[str, Wanted] = defaultdict(Wanted)
        self._taken: dict[str, Wanted] = {}
        self._thread: threading.Thread | None = None
        self._bells: list[BellReader] = []
        self._stopped = threading.Event()
        self._failure: BaseException | None = None

    def ask(self, stream_id: str) -> Future[Copy]:
        """Have a stream copied as it is now; the future may raise `StreamNotFound`."""
        future = promise()
        self._want([stream_id], future)
        return future

    def rung(self, streams: Iterable[str], flags: Container[str]) -> None:
        """Copy what changed: frames of those that are read here, and flags of those known here."""
        changed = [
            stream_id
            for stream_id in streams
            if (copy := self._copies.find(stream_id)) and (copy.filling or stream_id in flags)
        ]
        if changed:
            self._want(changed)

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
        for bell in self._bells:
            bell.stop()
        self._wake_bells()
        for bell in self._bells:
            bell.join()
        self._give_up(StoreUnavailable("the store was closed"))

    def _wake_bells(self) -> None:
        """Ring, so that those who wait notice that they are to end."""
        with suppress(RedisError):
            client = self._connect() if self._bells else None
            if client is not None:
                with closing(client):
                    for name in keys.bells(self._address.cluster or False):
                        bells.ring(client, name, (), ())

    def _want(
        self, stream_ids: Sequence[str], future: Future[Copy] | None = None, *, whole: bool = False
    ) -> None:
        with self._turn:
            if self._stopped.is_set() or self._failure is not None:
                if future is not None:
                    future.set_exception(StoreUnavailable(f"the store is closed: {self._failure}"))
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
            self._drop_client()

    def _follow(self) -> None:
        away_since, pause = 0.0, PAUSE
        while not self._stopped.is_set():
            wanted = self._take()
            try:
                self._copy(wanted)
                away_since, pause, self._page = 0.0, PAUSE, min(2 * self._page, PAGE)
            except RedisError as error:
                self._drop_client()
                self._page = max(1, self._page // 4)  # what can't be had at once may be in pieces
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > PATIENCE:
                    _tell(wanted, unavailable(PATIENCE, error))
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

    def _copy(self, wanted: dict[str, Wanted]) -> None:
        """Read page after page of what follows in each stream; tell those who wait at its end."""
        client = self._connected()
        left = [copy for each in wanted if (copy := self._copies.find(each)) is not None]
        while left:
            pipeline = client.pipeline(transaction=False)
            asked = [_ask(pipeline, copy, self._page, wanted[copy.stream_id]) for copy in left]
            replies = iter(pipeline.execute())
            left = []
            for copy, filling, whole, known in asked:
                state = next(replies) if whole else None
                first = state[2] if state else None
                if filling is not None and filling.fill(next(replies), first) == self._page:
                    left.append(copy)
                elif state is not None:
                    _settle(copy, known, state, wanted[copy.stream_id])
                elif filling is not None:
                    copy.tell(filling.log.cancelled, filling.log.ended)
        # of those that were let go of meanwhile
        _tell(wanted, StreamNotFound("the stream is not followed any more"))

    def _connected(self) -> Client:
        if self._moves != self._address.moves:
            self._drop_client()
        if self._client is None:
            self._moves = self._address.moves
            self._client = self._connect()
        if not self._bells:
            self._bells = [
                BellReader(names, self._address, self)
                for names in _grouped(self._address.cluster or False)
            ]
            for bell in self._bells:
                bell.start()
        return self._client

    def _drop_client(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _give_up(self, error: StoreUnavailable) -> None:
        with self._turn:
            wanted = dict(self._wanted)
            self._wanted.clear()
        _tell(wanted, error)
        _tell(self._taken, error)


def _grouped(cluster: bool) -> list[list[str]]:
    """Return the bells by the connection that is blocked on them."""
    names = list(keys.bells(cluster))
    return [[name] for name in names] if cluster else [names]


def _ask(
    pipeline: Any, copy: Copy, page: int, wanted: Wanted
) -> tuple[Copy, Filling | None, bool, bool]:
    """Ask for what follows, and for the state only where the entries do not tell it."""
    filling = copy.filling
    whole = filling is None or not filling.position or wanted.whole or bool(wanted.futures)
    if whole:
        pipeline.hmget(keys.state(copy.stream_id), "version", "flags", "first")
    if filling is not None:
        after = b"(" + filling.position if filling.position else b"-"
        pipeline.xrange(keys.log(copy.stream_id), after, "+", page)
    return copy, filling, whole, copy.known


def _settle(copy: Copy, known: bool, state: Sequence[bytes | None], wanted: Wanted) -> None:
    """Tell what the stream is like to all who wait for it or its flags.

    `known` is what it was when it was asked for: it may have been opened since.
    """
    futures, wanted.futures = wanted.futures, []
    if state[0] is None:
        _fail(futures, StreamNotFound(f"stream {copy.stream_id} never was, or is forgotten"))
        if known:
            copy.tell(cancelled=False, ended=True)
        return
    copy.known = True
    flags = state[1] or b""
    copy.tell(b"c" in flags, b"e" in flags)
    for future in futures:
        if not future.done():
            future.set_result(copy)


def _tell(wanted: dict[str, Wanted], error: Exception) -> None:
    for each in wanted.values():
        _fail(each.futures, error)


def _fail(futures: Iterable[Future[Copy]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
