"""The write deadline: how long a server may take one write."""

import asyncio
from types import TracebackType
from typing import Self


class WriteDeadline:
    """A context that ends with `TimeoutError` when one write in it takes longer than `seconds`.

    `begin` and `end` enclose each write. One timer serves all writes: a timeout for each would cost
    more than the write. The timer is checked when it fires, and armed again for the write that is
    under way then.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None
        self._begun: float | None = None

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._begun = None
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(kind, error, trace)

    def begin(self) -> None:
        """Begin to count for a write."""
        self._begun = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(self._begun + self._seconds, self._check)

    def end(self) -> None:
        """End the write."""
        self._begun = None

    def cut(self) -> None:
        """End the write that is under way, if there is one, at once."""
        if self._begun is not None:
            self._timeout.reschedule(self._loop.time())

    def _check(self) -> None:
        self._timer = None
        if self._begun is None:
            return
        due = self._begun + self._seconds
        if due > self._loop.time():
            self._timer = self._loop.call_at(due, self._check)
        else:
            self.cut()
