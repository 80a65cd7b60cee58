"""The server's side of a request without a body, whose reply is thrown away."""

import asyncio
from collections.abc import Awaitable, Callable


def receiver() -> Callable[[], Awaitable[dict[str, object]]]:
    """Return what hands over a request without a body, and then nothing for ever."""
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, object]:
        for message in messages:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return receive


async def drop(message: dict[str, object]) -> None:
    """Take what a server would send."""
