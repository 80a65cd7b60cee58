"""By hand: ready-made bytes, one frame a message, the loop turning between them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.run import Run
from benchmarks.workloads import CHUNK
from sse_pipeline.frames import encode, numbered

Send = Callable[[dict[str, Any]], Awaitable[None]]

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream")],
}
FRAME = numbered(100, encode("text", {"chunk": CHUNK}))
PART = {"type": "http.response.body", "body": FRAME, "more_body": True}
END = {"type": "http.response.body", "body": b"", "more_body": False}


class Raw:
    """The clients of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._sends: list[Send] = []
        self._done = asyncio.Event()

    async def serve(self, send: Send) -> None:
        """Send to one client; where all read the same, the last one's task sends to all."""
        workload = self._run.workload
        await send(START)
        self._sends.append(send)
        if not workload.shared:
            await self._send([send])
        elif len(self._sends) == workload.connections:
            await self._send(self._sends)
            self._done.set()
        else:
            await self._done.wait()

    async def _send(self, sends: list[Send]) -> None:
        await self._run.began.wait()
        for _ in range(self._run.workload.turns):
            for _ in range(self._run.workload.burst):
                for send in sends:
                    await send(PART)
            await asyncio.sleep(0)
        for send in sends:
            await send(END)
