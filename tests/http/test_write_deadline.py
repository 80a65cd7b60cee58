"""The write deadline: one timer for all writes, by a clock that stands while nothing waits."""

import asyncio
from unittest.mock import Mock

import pytest

from harness import virtual_time
from sse_pipeline.http.write_deadline import WriteDeadline


async def test_writes_in_time_share_one_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    call_at = Mock(wraps=loop.call_at)
    monkeypatch.setattr(loop, "call_at", call_at)
    async with WriteDeadline(5) as deadline:
        for _ in range(100):
            deadline.begin()
            deadline.end()
            deadline.cut()
    assert call_at.call_count == 1


def test_a_write_that_takes_too_long() -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with WriteDeadline(0.02) as deadline:
                deadline.begin()
                await asyncio.Event().wait()

    virtual_time.run(main())


def test_a_later_write_that_takes_too_long() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            async with WriteDeadline(0.05) as deadline:
                deadline.begin()
                await virtual_time.pass_by(0.02)
                deadline.begin()
                begun = loop.time()
                await asyncio.Event().wait()
        assert loop.time() - begun == pytest.approx(0.05)

    virtual_time.run(main())


def test_a_pause_between_writes_is_not_bounded() -> None:
    async def main() -> None:
        async with WriteDeadline(0.01) as deadline:
            deadline.begin()
            deadline.end()
            await virtual_time.pass_by(0.03)
            deadline.begin()
            deadline.end()

    virtual_time.run(main())


async def test_a_write_that_is_cut() -> None:
    with pytest.raises(TimeoutError):
        async with WriteDeadline(60) as deadline:
            deadline.begin()
            asyncio.get_running_loop().call_soon(deadline.cut)
            await asyncio.Event().wait()


async def test_a_cancellation_from_outside_stays_one() -> None:
    async def write() -> None:
        async with WriteDeadline(60) as deadline:
            deadline.begin()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await asyncio.sleep(0)  # the task begins to write
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
