"""An event loop whose time passes at once: a pause costs nothing, and is exact.

Where the loop would wait for its next timer, its clock jumps to it. So a test of durations neither
waits nor depends on the speed of the machine. Threads and sockets have no place in such a loop.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class JumpingSelector(selectors.DefaultSelector):
    """A selector that never waits for a timer, and adds up the seconds that it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("nothing is due in virtual time: the test would wait for ever")
        self.passed += max(timeout, 0)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop with such a selector for its clock."""

    def __init__(self) -> None:
        self._selector_of_time = JumpingSelector()
        super().__init__(self._selector_of_time)

    def time(self) -> float:
        return self._selector_of_time.passed

    def stand_still(self, seconds: float) -> None:
        """Let time pass in which the loop does nothing else, as in a long computation."""
        self._selector_of_time.passed += seconds


async def pass_by(seconds: float) -> None:
    """Let so many seconds of virtual time pass."""
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    await asyncio.sleep(seconds)


def block(seconds: float) -> None:
    """Let so many seconds of virtual time pass in which the loop does nothing else."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop.stand_still(seconds)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
