"""One measurement in the server: from the last client's arrival to the last one's end."""

import asyncio
import gc
import time
from collections.abc import Awaitable

from benchmarks.workloads import Workload


class Run:
    """Counts the clients in and out; takes the time, and the CPU of the whole process."""

    def __init__(self, workload: Workload) -> None:
        self.workload = workload
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self.result: dict[str, float] = {}
        self._arrived = 0
        self._left = 0

    async def serve(self, client: Awaitable[None]) -> None:
        """Serve a client of this measurement."""
        self._arrived += 1
        if self._arrived == self.workload.connections:
            gc.collect()
            self._cpu, self._clock = time.process_time(), time.perf_counter()
            self.began.set()
        await client
        self._left += 1
        if self._left == self.workload.connections:
            self.result = {
                "cpu": time.process_time() - self._cpu,
                "seconds": time.perf_counter() - self._clock,
            }
            self.ended.set()
