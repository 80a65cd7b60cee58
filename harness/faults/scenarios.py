"""What producers do in the cells of the table, for the library and its peers alike."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

#: The frames of a text, and the seconds between two of them.
FRAMES, PACE = 47, 0.02
#: A producer that fails does so after this many.
BEFORE_FAILURE = 10
#: The frames of a flood: 42 MB.
BLOCKS, BLOCK = 640, "x" * 65_536

Event = tuple[str, dict[str, Any]]


async def produce(scenario: str) -> AsyncIterator[Event]:
    """Yield the events of a scenario, as a producer without the library makes them."""
    if scenario == "text":
        for number in range(FRAMES):
            yield "text", {"chunk": number}
            await asyncio.sleep(PACE)
        yield "complete", {"message": "done"}
    elif scenario in {"raises", "task"}:
        for number in range(BEFORE_FAILURE):
            yield "text", {"chunk": number}
            await asyncio.sleep(PACE)
        if scenario == "raises":
            raise ArithmeticError("the producer was made to fail")
        await cancelled_task()
    elif scenario == "flood":
        for _ in range(BLOCKS):
            yield "block", {"data": BLOCK}
        await asyncio.Event().wait()
    elif scenario == "steady":
        while True:
            yield "block", {"data": BLOCK}
            await asyncio.sleep(PACE)
    else:
        yield "text", {"chunk": 0}
        await asyncio.Event().wait()


async def cancelled_task() -> None:
    """Be cancelled, as by whoever supervises the producer."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(PACE)
