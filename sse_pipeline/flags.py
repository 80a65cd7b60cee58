"""Flags of a stream that can be waited for: that it ended, that its producers should stop."""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from .exceptions import StreamNotFound
from .operations import Plan, arun, refuse_in_loop, run
from .stores import TAIL, Store
from .stores.bell import LoopBell, ThreadBell
from .stores.log import Log

#: Seconds after which one who waits asks the store, whatever became of the bell.
RECHECK = 15.0


FlagName = Literal["ended", "cancelled"]


class Flag:
    """A flag of a stream, read and awaited like a `threading.Event`.

    Whoever waits for another flag than the end is let go at the end too. A stream that is
    forgotten has ended.
    """

    def __init__(
        self,
        store: Store,
        stream_id: str,
        name: FlagName,
        opening: Callable[[], Plan[None]],
    ) -> None:
        self._store = store
        self._stream_id = stream_id
        self._name = name
        self._opening = opening

    def is_set(self) -> bool:
        """Tell whether it is set."""
        log = run(self._look(), self._name)
        return self._of(log)

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is set, for `timeout` seconds at most; tell whether it is.

        Raises `SynchronousOnlyOperation` in a running event loop.
        """
        refuse_in_loop(self._name)
        until = float("inf") if timeout is None else time.monotonic() + timeout
        bell = ThreadBell()
        log = run(self._attach(), self._name)
        if log is None:
            return self._of(log)
        log.tap(bell, bell.wake)
        try:
            while not self._over(log) and (left := until - time.monotonic()) > 0:
                if not bell.wait(min(left, RECHECK)):
                    run(self._look(), self._name)
            return self._of(log)
        finally:
            log.untap(bell, bell.wake)
            self._store.detach(self._stream_id)

    async def await_set(self) -> bool:
        """Wait until it is set without blocking the event loop; tell whether it is."""
        log = await arun(self._attach())
        if log is None:
            return self._of(log)
        bell, rung = LoopBell.here(), asyncio.Event()
        log.tap(bell, rung.set)
        try:
            while not self._over(log):
                rung.clear()
                try:
                    await asyncio.wait_for(rung.wait(), RECHECK)
                except TimeoutError:
                    await arun(self._look())
            return self._of(log)
        finally:
            log.untap(bell, rung.set)
            self._store.detach(self._stream_id)

    def _of(self, log: Log | None) -> bool:
        return self._name == "ended" if log is None else getattr(log, self._name)

    def _over(self, log: Log) -> bool:
        return log.ended or self._of(log)

    def _attach(self) -> Plan[Log | None]:
        yield from self._opening()
        try:
            return (yield self._store.attach(self._stream_id, TAIL))  # type: ignore[no-any-return]
        except StreamNotFound:
            return None

    def _look(self) -> Plan[Log | None]:
        log = yield from self._attach()
        if log is not None:
            self._store.detach(self._stream_id)
        return log
