"""Through the library: `SSEHandler.send` in the server's loop, and the consumer of its routes."""

import asyncio

from benchmarks.run import Run
from benchmarks.workloads import CHUNK
from sse_pipeline import SSEHandler


class Producers:
    """The producers of one run, one for each stream."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> list[str]:
        """Open the streams; return the path that each connection is to read."""
        workload = self._run.workload
        handlers = [SSEHandler() for _ in range(1 if workload.shared else workload.connections)]
        for handler in handlers:
            await handler.aregister_component("text")
            self._tasks.append(asyncio.create_task(self._produce(handler)))
        paths = [f"/streams/{handler.stream_id}/events/" for handler in handlers]
        return paths * (workload.connections // len(paths))

    async def _produce(self, handler: SSEHandler) -> None:
        await self._run.began.wait()
        for _ in range(self._run.workload.turns):
            for _ in range(self._run.workload.burst):
                handler.send("text", chunk=CHUNK)
            await asyncio.sleep(0)
        handler.mark_component_complete("text")
