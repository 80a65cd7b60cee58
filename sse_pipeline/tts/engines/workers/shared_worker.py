"""A worker process that segments use in turn, and that is replaced when it ends."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from sse_pipeline.tts.engines.workers.worker_process import WorkerProcess


class SharedWorker:
    """A worker of one event loop. The first request starts it.

    `patience` is how many seconds the worker may go on with a request that was given up. With 0 it
    is killed at once. After a kill the next request gets a new worker.
    """

    def __init__(
        self, flags: Sequence[str], arguments: Sequence[str], patience: float = 0.0
    ) -> None:
        #: The caller holds it during a request: a worker speaks one request at a time.
        self.turn = asyncio.Lock()
        self._flags = flags
        self._arguments = arguments
        self._patience = patience
        self._process: WorkerProcess | None = None

    async def speak(self, request: bytes) -> AsyncGenerator[bytes, None]:
        """Yield the sounds of a request, within a turn.

        Raises:
            EngineFailed: The worker refused the request, has ended, or can't be started.
        """
        await self.process().recover()
        # The worker may have ended while it recovered, so ask again which one runs.
        process = self.process()
        is_done = False
        try:
            async for sound in process.speak(request):
                yield sound
            is_done = True
        finally:
            if not is_done:
                self._give_up(process)

    def process(self) -> WorkerProcess:
        """Return the running worker; start one if there is none."""
        if self._process is None or not self._process.is_running:
            self.kill()
            self._process = WorkerProcess(self._flags, self._arguments)
        return self._process

    @property
    def current_process(self) -> WorkerProcess | None:
        """The worker that was started last, or None. It may have ended."""
        return self._process

    def kill(self) -> None:
        """Kill the worker if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    async def aclose(self) -> None:
        """Kill the worker, because its loop ends."""
        self.kill()

    def abandon(self) -> None:
        """Leave the worker to the parent, in a forked child."""
        if self._process is not None:
            self._process.abandon()

    def _give_up(self, process: WorkerProcess) -> None:
        if not self._patience:
            self.kill()
        elif process.answered < process.asked:
            loop = asyncio.get_running_loop()
            loop.call_later(self._patience, self._kill_if_stuck, process, process.asked)

    def _kill_if_stuck(self, process: WorkerProcess, asked: int) -> None:
        # In the meantime the worker may have finished the request, or another one runs.
        if process is self._process and process.answered < asked:
            self.kill()
