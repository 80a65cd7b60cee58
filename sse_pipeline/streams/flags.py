"""Flags of a stream that can be waited for: it has ended, its producers should stop."""

import asyncio
import time
from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

from ..exceptions import StreamNotFound
from ..stores import TAIL, Store
from ..stores.bell import LoopBell, ThreadBell
from ..stores.log import Log
from .plans import Plan, arun, attach, refuse_in_loop, run

#: Seconds after which a caller that waits asks the store, in case a wake-up was lost.
RECHECK = 15.0


class FlagKind(NamedTuple):
    """A flag of the log: its reader, its value for a forgotten stream, its asynchronous call."""

    read: Callable[[Log], bool]
    of_forgotten: bool
    twin: str


#: The stream reached a terminal state. A forgotten stream has ended.
ENDED = FlagKind(attrgetter("ended"), True, "ended")
#: The stream was cancelled, or has failed.
CANCELLED = FlagKind(attrgetter("cancelled"), False, "cancellation")


class Flag:
    """A flag of a stream, read and awaited like a `threading.Event`.

    A caller that waits for any flag stops to wait when the stream ends. It asks the store again
    after each `recheck` seconds.
    """

    def __init__(
        self,
        store: Store,
        stream_id: str,
        kind: FlagKind,
        opening: Callable[[], Plan[None]],
        *,
        recheck: float = RECHECK,
    ) -> None:
        self._store = store
        self._stream_id = stream_id
        self._kind = kind
        self._opening = opening
        self._recheck = recheck

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._value(run(self._look(), self._kind.twin))

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is set, for at most `timeout` seconds; return whether it is set.

        Raises:
            SynchronousOnlyOperation: This thread runs an event loop.
        """
        refuse_in_loop(self._kind.twin)
        until = float("inf") if timeout is None else time.monotonic() + timeout
        bell = ThreadBell()
        log = run(self._attach(), self._kind.twin)
        if log is None:
            return self._value(log)
        log.tap(bell, bell.wake)
        try:
            while not self._is_over(log) and (left := until - time.monotonic()) > 0:
                if not bell.wait(min(left, self._recheck)):
                    run(self._look(), self._kind.twin)
            return self._value(log)
        finally:
            log.untap(bell, bell.wake)
            self._store.detach(self._stream_id)

    async def await_set(self) -> bool:
        """Wait until it is set without blocking the event loop; return whether it is set.

        A cancellation leaves nothing behind.
        """
        log = await arun(self._attach())
        if log is None:
            return self._value(log)
        bell, rung = LoopBell.here(), asyncio.Event()
        log.tap(bell, rung.set)
        try:
            while not self._is_over(log):
                rung.clear()
                try:
                    # `asyncio.wait_for` loses a cancellation that comes in the turn of a bell, on
                    # Python 3.11 (CPython issue 86296).
                    async with asyncio.timeout(self._recheck):
                        await rung.wait()
                except TimeoutError:
                    await arun(self._look())
            return self._value(log)
        finally:
            log.untap(bell, rung.set)
            self._store.detach(self._stream_id)

    def _value(self, log: Log | None) -> bool:
        if log is None:
            return self._kind.of_forgotten
        log.check()
        return self._kind.read(log)

    def _is_over(self, log: Log) -> bool:
        return log.ended or self._value(log)

    def _attach(self) -> Plan[Log | None]:
        yield from self._opening()
        try:
            return (yield from attach(self._store, self._stream_id, TAIL))
        except StreamNotFound:
            return None

    def _look(self) -> Plan[Log | None]:
        """Ask the store for the flags as they are now."""
        log = yield from self._attach()
        if log is not None:
            self._store.detach(self._stream_id)
        return log
