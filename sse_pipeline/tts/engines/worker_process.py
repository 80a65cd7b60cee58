"""The parent's side of one worker process."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from threading import Thread
from typing import IO, cast

from sse_pipeline.tts.exceptions import EngineFailed

from . import worker

_ENDED = "the speech worker ended"


class WorkerProcess:
    """A running worker: ask, then read the sounds to their end, one request at a time.

    It is run with the flags of Python and the arguments of `worker.py` that are given. Belongs to
    the running event loop.

    Raises:
        EngineFailed: The process can't be started.
    """

    def __init__(self, flags: Sequence[str], arguments: Sequence[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        self._asked = self._answered = self._read = 0
        self._has_ended = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, *flags, worker.__file__, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineFailed("the speech worker can't be started") from error
        self._stdin = cast("IO[bytes]", self._process.stdin)
        self._stdout = cast("IO[bytes]", self._process.stdout)
        self._reader = Thread(target=self._hear, name="sse-speech-worker", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether it can be asked."""
        return not self._has_ended and self._process.poll() is None

    @property
    def asked(self) -> int:
        """Return how many requests it was given."""
        return self._asked

    @property
    def answered(self) -> int:
        """Return how many of them it has finished with."""
        return self._answered

    async def speak(self, request: bytes) -> AsyncIterator[bytes]:
        """Yield the bodies of the `SOUND`s of a request.

        Raises:
            EngineFailed: The worker refused the request, or has ended.
        """
        self._ask(request)
        while (frame := await self._frames.get()) is not None:
            kind, body = frame
            if kind == worker.SOUND:
                yield body
                continue
            self._read += 1
            if kind == worker.FAILED:
                raise EngineFailed(body.decode())
            return
        raise EngineFailed(_ENDED)

    async def recover(self) -> None:
        """Wait until it is done with what was not read to its end, or has ended."""
        while self._read < self._asked and self.is_running:
            frame = await self._frames.get()
            if frame is not None and frame[0] != worker.SOUND:
                self._read += 1

    def end(self) -> None:
        """Kill the process, whatever it does, and free what it held."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        with suppress(OSError):
            self._stdin.close()
        self._stdout.close()

    def abandon(self) -> None:
        """Let go of the pipes in a forked child, so that the worker ends with its parent."""
        null = os.open(os.devnull, os.O_RDWR)
        for pipe in (self._stdin, self._stdout):
            os.dup2(null, pipe.fileno(), inheritable=False)
        os.close(null)
        self._process.returncode = 0

    def _ask(self, request: bytes) -> None:
        self._asked += 1
        try:
            self._stdin.write(worker.REQUEST.pack(len(request)) + request)
            self._stdin.flush()
        except OSError as error:
            raise EngineFailed(_ENDED) from error

    def _hear(self) -> None:
        with suppress(RuntimeError):  # The loop was closed.
            while len(head := self._stdout.read(worker.FRAME.size)) == worker.FRAME.size:
                kind, size = worker.FRAME.unpack(head)
                self._loop.call_soon_threadsafe(self._take, (kind, self._stdout.read(size)))
            self._loop.call_soon_threadsafe(self._take, None)

    def _take(self, frame: tuple[int, bytes] | None) -> None:
        self._frames.put_nowait(frame)
        if frame is None:
            self._has_ended = True
        elif frame[0] != worker.SOUND:
            self._answered += 1
