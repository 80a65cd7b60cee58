"""The bell of an event loop: at once if the loop is idle, never more than half of a busy one."""

import asyncio
from collections.abc import Callable

import pytest

from harness import virtual_time
from sse_pipeline.stores.bell import LONGEST_REST, LoopBell
from sse_pipeline.stores.log import Log


def woken_at(taking: float, produce: Callable[[Callable[[], None]], object]) -> list[float]:
    """Return when a reader was woken that takes some seconds each time, by virtual time."""
    times: list[float] = []

    async def main() -> None:
        log, loop = Log(1 << 20), asyncio.get_running_loop()

        def wake() -> None:
            times.append(round(loop.time(), 4))
            loop.call_soon(virtual_time.block, taking)  # as a task does that was woken

        def ring() -> None:
            log.append([b"data: x\n\n"])
            log.ring()

        log.tap(LoopBell.here(), wake)
        produce(ring)
        await virtual_time.pass_by(10)

    virtual_time.run(main())
    return times


def at(*times: float) -> Callable[[Callable[[], None]], object]:
    def produce(ring: Callable[[], None]) -> None:
        for time in times:
            asyncio.get_running_loop().call_at(time, ring)

    return produce


def test_an_idle_loop_wakes_its_readers_at_once() -> None:
    assert woken_at(0.02, at(1, 2, 3)) == [1, 2, 3]


def test_readers_rest_for_as_long_as_they_took() -> None:
    assert woken_at(0.02, at(1, 1.021, 1.03, 1.039)) == [1, 1.04]


def test_a_short_rest_is_not_taken() -> None:
    assert woken_at(0.0004, at(1, 1.0005)) == [1, 1.0005]


def test_a_loop_that_stood_still_does_not_rest_for_as_long() -> None:
    assert woken_at(3, at(1, 4.01)) == [1, 4 + LONGEST_REST]


@pytest.mark.parametrize("count", [1, 5])
def test_what_rang_meanwhile_is_pending(count: int) -> None:
    async def main() -> None:
        log, bell = Log(1 << 20), LoopBell.here()
        log.tap(bell, lambda: virtual_time.block(0.02))
        log.ring()
        await virtual_time.pass_by(0.02)
        assert not bell.pending(log)
        for _ in range(count):
            log.ring()
        await virtual_time.pass_by(0.01)
        assert bell.pending(log)
        await virtual_time.pass_by(0.02)
        assert not bell.pending(log)

    virtual_time.run(main())
