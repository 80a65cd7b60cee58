"""The one writer of this process: all it appends, commits and loads, in the order of its coming."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from redis.exceptions import NoScriptError, RedisError

from ...exceptions import StoreUnavailable
from . import scripts
from .append import Append
from .bells import Bells
from .clock import ServerClock
from .connection import Address, Client, is_replica, passes, unavailable
from .lanes import Closed, Lanes, Request
from .link import Link
from .operations import Operation, Sign, promise

logger = logging.getLogger(__name__)

#: Seconds for which a server that is away is waited for, before those who wait are told.
PATIENCE = 30.0
#: Seconds between two attempts, at first and at most.
PAUSE, PAUSES = 0.05, 1.0
#: How much may wait to be written, before who appends has to wait.
ROOM = 16 * 1024 * 1024


class Writer:
    """Sends what its lanes hold, in pipelines, and repeats what was not answered.

    A failure of its own fails all that waits and all that comes.
    """

    def __init__(
        self,
        lanes: Lanes,
        clock: ServerClock,
        address: Address,
        greet: Callable[[Client], None],
        bells: Bells,
    ) -> None:
        self._lanes = lanes
        self._clock = clock
        self._greet = greet
        self._bells = bells
        self._link = Link(address, self._introduce)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._rooms: deque[Future[None]] = deque()
        self._failure: BaseException | None = None
        self._away_since: float | None = None

    def put(self, stream_id: str, item: Sign | Request) -> None:
        """Have something done for a stream. Raises `StoreUnavailable` after a failure."""
        try:
            self._lanes.put(stream_id, item)
        except Closed:
            reason = self._failure or "this process let go of it"
            raise StoreUnavailable(f"the store is closed: {reason}") from self._failure
        if self._thread is None:
            self._start()

    def room(self) -> Future[None] | None:
        """Return a future of there being room to append, where there is none."""
        if self._lanes.bytes < ROOM:
            return None
        future = promise()
        self._rooms.append(future)
        if self._lanes.bytes < ROOM:  # the writer may have been faster
            self._make_room(None)
        return future

    def close(self, seconds: float) -> None:
        """Write what is left, for so many seconds at most."""
        self._lanes.close()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)
            self._stopped.set()
            thread.join()
        self._give_up(StoreUnavailable("the store was closed"), self._lanes.clear())

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sse-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        operations: list[Operation] = []
        try:
            while not self._stopped.is_set() and (operations := self._lanes.take()):
                self._write(operations)
                self._make_room(None)
        except BaseException as error:
            if not self._stopped.is_set():
                logger.critical("the writer of the store failed", exc_info=error)
            self._failure = error
            self._give_up(StoreUnavailable(repr(error)), [*operations, *self._lanes.clear()])
        finally:
            self._link.drop()

    def _write(self, operations: list[Operation]) -> None:
        """Send operations until each is answered or given up."""
        begun, pause = time.monotonic(), PAUSE
        while operations:
            try:
                replies = self._exchange(operations)
            except RedisError as error:
                if not passes(error):
                    raise
                replies = [error] * len(operations)
            left, failed = self._settle(operations, replies)
            self._tell_of_outage(failed)
            if failed is not None:
                if time.monotonic() - begun > PATIENCE:
                    left = self._expire(left, failed)
                if self._stopped.wait(pause):
                    self._give_up(StoreUnavailable("the store was closed"), left)
                    for operation in left:
                        self._lanes.done(operation)
                    return
                pause = min(2 * pause, PAUSES)
            operations = left

    def _tell_of_outage(self, error: Exception | None) -> None:
        """Say once that the store went away, and once that it is back."""
        now = time.monotonic()
        if error is not None and self._away_since is None:
            self._away_since = now
            logger.warning("the store can't be used, and is tried again: %s", error)
        elif error is None and self._away_since is not None:
            logger.warning("the store can be used again, after %.1f s", now - self._away_since)
            self._away_since = None

    def _exchange(self, operations: Sequence[Operation]) -> list[Any]:
        line = self._link.line()
        commands = [operation.command() for operation in operations]
        commands += self._bells.rings(operations)
        sent = time.monotonic()
        try:
            replies = line.exchange(commands)
        except RedisError:
            self._link.drop()
            raise
        received = time.monotonic()
        for reply in replies[: len(operations)]:
            if not isinstance(reply, Exception):
                self._clock.read(float(reply[0]), sent, received)
                break
        return replies[: len(operations)]

    def _introduce(self, client: Client) -> None:
        """Have a server that was not written to before know the scripts and this process."""
        for script in scripts.ALL:
            client.script_load(script.text)
        self._greet(client)
        self._bells.forget()

    def _settle(
        self, operations: Sequence[Operation], replies: Sequence[Any]
    ) -> tuple[list[Operation], Exception | None]:
        """Hand each its answer; return those that are to be sent again, and why."""
        left: list[Operation] = []
        failed: Exception | None = None
        for operation, reply in zip(operations, replies, strict=True):
            instead: Operation | None = None
            if isinstance(reply, NoScriptError):
                self._link.drop()
                instead = operation
            elif isinstance(reply, RedisError) and passes(reply):
                instead, failed = operation, reply
                if is_replica(reply):
                    self._link.drop()
            elif isinstance(reply, Exception):
                logger.error("stream %s can't be written to: %s", operation.stream_id, reply)
                operation.fail(StoreUnavailable(str(reply)))
            else:
                instead = operation.answer(reply[1:])
            if instead is None:
                self._lanes.done(operation)
            else:
                left.append(instead)
        return left, failed

    def _expire(self, operations: list[Operation], error: Exception) -> list[Operation]:
        """Tell those who wait that it takes too long; frames are kept, as nobody waits for them."""
        told = unavailable(PATIENCE, error)
        self._make_room(told)
        futures = [future for operation in operations for future in operation.futures]
        for future in futures + self._lanes.withdraw():
            if not future.done():
                future.set_exception(told)
        kept: list[Operation] = [each for each in operations if isinstance(each, Append)]
        for operation in operations:
            if operation not in kept:
                self._lanes.done(operation)
        return kept

    def _give_up(self, error: StoreUnavailable, operations: Sequence[Operation]) -> None:
        self._make_room(error)
        for operation in operations:
            operation.fail(error)

    def _make_room(self, error: Exception | None) -> None:
        while self._rooms and (error is not None or self._lanes.bytes < ROOM):
            try:
                future = self._rooms.popleft()
            except IndexError:
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
