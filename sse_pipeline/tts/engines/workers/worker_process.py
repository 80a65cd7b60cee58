"""The parent's side of one worker process."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from threading import Thread
from typing import IO, cast

from sse_pipeline.tts.engines.workers import worker_program
from sse_pipeline.tts.engines.workers.worker_environment import worker_environment
from sse_pipeline.tts.errors import EngineFailed

_ENDED = "the speech worker ended"


class WorkerProcess:
    """A running worker. Ask, then read the sounds to their end, one request at a time.

    `flags` are those of Python, and `arguments` those of `worker_program`. The object belongs to
    the running event loop.

    A thread reads the pipe of the worker, because a pipe can't be awaited on every event loop. It
    passes each frame to the loop, and only the loop changes the counters and the queue: they need
    no lock.

    Raises:
        EngineFailed: The process can't be started.
    """

    def __init__(self, flags: Sequence[str], arguments: Sequence[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        # Requests that were sent, that the worker has finished, and whose answers were read. They
        # differ while answers are in the queue, or while a request was given up.
        self._asked = self._answered = self._read = 0
        self._has_ended = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, *flags, worker_program.__file__, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=worker_environment(os.environ),
                # In a session of its own it gets no Ctrl-C of the terminal. It ends with its input.
                start_new_session=True,
            )
        except OSError as error:
            raise EngineFailed("the speech worker can't be started") from error
        self._stdin = cast("IO[bytes]", self._process.stdin)
        self._stdout = cast("IO[bytes]", self._process.stdout)
        self._reader = Thread(target=self._read_frames, name="sse-speech-worker", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it can be asked."""
        return not self._has_ended and self._process.poll() is None

    @property
    def asked(self) -> int:
        """How many requests it was given."""
        return self._asked

    @property
    def answered(self) -> int:
        """How many of the requests it has finished."""
        return self._answered

    async def speak(self, request: bytes) -> AsyncIterator[bytes]:
        """Yield the bodies of the `SOUND`s for a request.

        If the caller stops reading, the worker goes on speaking; see `recover()`.

        Raises:
            EngineFailed: The worker refused the request, or has ended.
        """
        self._ask(request)
        while (frame := await self._frames.get()) is not None:
            kind, body = frame
            if kind == worker_program.SOUND:
                yield body
                continue
            self._read += 1
            if kind == worker_program.FAILED:
                raise EngineFailed(body.decode())
            return
        raise EngineFailed(_ENDED)

    async def recover(self) -> None:
        """Read the rest of answers that were given up, until the worker is idle or has ended."""
        while self._read < self._asked and self.is_running:
            frame = await self._frames.get()
            if frame is not None and frame[0] != worker_program.SOUND:
                self._read += 1

    def end(self) -> None:
        """Kill the process, and free its pipes and its thread."""
        self._process.kill()
        self._process.wait()
        # The reader first: a pipe must not be closed under a read. The kill has ended the read.
        self._reader.join()
        with suppress(OSError):  # a request that was not written yet
            self._stdin.close()
        self._stdout.close()

    def wait(self, timeout: float) -> None:
        """Wait until the process has ended by itself or was killed.

        Raises:
            subprocess.TimeoutExpired: It still runs after `timeout` seconds.
        """
        self._process.wait(timeout)

    def abandon(self) -> None:
        """Let go of the pipes in a forked child, so that the worker still ends with its parent."""
        # The descriptors stay open, on /dev/null: the objects close them at some time, and by then
        # the numbers must not belong to something else.
        null = os.open(os.devnull, os.O_RDWR)
        for pipe in (self._stdin, self._stdout):
            os.dup2(null, pipe.fileno(), inheritable=False)
        os.close(null)
        # The worker is not a child of the child: without this, Popen would warn that it still runs.
        self._process.returncode = 0

    def _ask(self, request: bytes) -> None:
        self._asked += 1
        try:
            self._stdin.write(worker_program.REQUEST.pack(len(request)) + request)
            self._stdin.flush()
        except OSError as error:
            raise EngineFailed(_ENDED) from error

    def _read_frames(self) -> None:
        """Pass the frames of the worker to the loop. Runs on the thread of the reader."""
        head_size = worker_program.FRAME.size
        with suppress(RuntimeError):  # the loop was closed
            while len(head := self._stdout.read(head_size)) == head_size:
                kind, size = worker_program.FRAME.unpack(head)
                self._loop.call_soon_threadsafe(self._take, (kind, self._stdout.read(size)))
            self._loop.call_soon_threadsafe(self._take, None)

    def _take(self, frame: tuple[int, bytes] | None) -> None:
        self._frames.put_nowait(frame)
        if frame is None:
            self._has_ended = True
        elif frame[0] != worker_program.SOUND:
            self._answered += 1
