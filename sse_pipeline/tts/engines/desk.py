"""Where segments wait for a worker process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from .worker_process import WorkerProcess


class Desk:
    """A worker of an event loop, started when it is asked for.

    `patience` is how many seconds a worker has to finish what was given up, before it is killed and
    the next request gets a new one.
    """

    def __init__(
        self, flags: Sequence[str], arguments: Sequence[str], patience: float = 0.0
    ) -> None:
        #: Held by whoever asks.
        self.turn = asyncio.Lock()
        self._flags = flags
        self._arguments = arguments
        self._patience = patience
        self._process: WorkerProcess | None = None

    async def speak(self, request: bytes) -> AsyncGenerator[bytes, None]:
        """Yield the sounds of a request, within a turn.

        Raises:
            EngineFailed: The worker refused the request, has ended or can't be started.
        """
        await self.process().recover()
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
        """Return the running worker."""
        if self._process is None or not self._process.is_running:
            self.dismiss()
            self._process = WorkerProcess(self._flags, self._arguments)
        return self._process

    def dismiss(self) -> None:
        """Kill the worker."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    async def aclose(self) -> None:
        """End it, for its loop ends."""
        self.dismiss()

    def abandon(self) -> None:
        """Let go of the worker in a forked child."""
        if self._process is not None:
            self._process.abandon()

    def _give_up(self, process: WorkerProcess) -> None:
        if not self._patience:
            self.dismiss()
        elif process.answered < process.asked:
            loop = asyncio.get_running_loop()
            loop.call_later(self._patience, self._dismiss_if_stuck, process, process.asked)

    def _dismiss_if_stuck(self, process: WorkerProcess, asked: int) -> None:
        if process is self._process and process.answered < asked:
            self.dismiss()
