"""The moments at which an event loop asks for the rights of its readers."""

import asyncio
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

from pytest_django import Settings

from harness import virtual_time
from sse_pipeline.http.recheck import LoopRecheck

READERS, RECHECK = 50, 10


def test_readers_that_came_together_are_not_asked_about_at_one_moment(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"RECHECK": RECHECK}
    asked: list[float] = []

    async def holds(timeout: float) -> bool:
        asked.append(asyncio.get_running_loop().time())
        return True

    async def main() -> None:
        right: Any = SimpleNamespace(path="/", aholds=holds)
        with ExitStack() as stack:
            for _ in range(READERS):
                stack.enter_context(LoopRecheck(right, lambda: None))
            await virtual_time.pass_by(RECHECK)

    virtual_time.run(main())
    first = asked[:READERS]
    assert len(first) == READERS
    assert len(set(first)) > READERS // 2
    assert all(RECHECK / 2 <= each <= RECHECK for each in first)
