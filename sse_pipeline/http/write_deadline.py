"""The write deadline: how long a server may take one write."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self


class WriteTimer:
    """Calls `late` when one write takes longer than `seconds`.

    `begin` and `end` enclose each write. One timer serves all writes: a timeout for each would cost
    more than the write. The timer is checked when it fires, and armed again for the write that is
    under way then.
    """

    def __init__(self, seconds: float, late: Callable[[], object]) -> None:
        self._seconds = seconds
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._begun: float | None = None

    @property
    def writing(self) -> bool:
        """Whether a write is under way."""
        return self._begun is not None

    def begin(self) -> None:
        """Begin to count for a write."""
        self._begun = self._loop.time()
        if self._timer is None:
            self._arm(self._begun + self._seconds)

    def end(self) -> None:
        """End the write."""
        self._begun = None

    def stop(self) -> None:
        """End the write, and count for no other."""
        self._begun = None
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self, due: float) -> None:
        self._timer = self._loop.call_at(due, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._begun is None:
            return
        due = self._begun + self._seconds
        if due > self._loop.time():
            self._arm(due)
        else:
            self._late()


class WriteDeadline:
    """A context that ends with `TimeoutError` when one write in it takes longer than `seconds`.

    `begin` and `end` enclose each write.
    """

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(None)
        self._timer = WriteTimer(seconds, self.cut)
        self.begin = self._timer.begin
        self.end = self._timer.end

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.stop()
        await self._timeout.__aexit__(kind, error, trace)

    def cut(self) -> None:
        """End the write that is under way, if there is one, at once."""
        if self._timer.writing:
            self._timeout.reschedule(asyncio.get_running_loop().time())
