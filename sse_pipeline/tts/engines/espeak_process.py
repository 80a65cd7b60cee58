"""The parent's side of one worker process."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, cast

import espeakng_loader

from sse_pipeline.tts.exceptions import EngineFailed

from . import espeak_worker as worker

_PROGRAM = Path(worker.__file__)
_ENDED = "the speech worker ended"


class WorkerProcess:
    """A running worker: ask, then read the sounds to their end, one request at a time.

    Belongs to the running event loop. A request that was not read to its end leaves it unusable.

    Raises:
        EngineFailed: The process can't be started.
    """

    def __init__(self) -> None:
        paths = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", str(_PROGRAM), *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineFailed("the speech worker can't be started") from error
        self._stdin = cast("IO[bytes]", self._process.stdin)
        self._stdout = cast("IO[bytes]", self._process.stdout)
        self._reader = Thread(target=self._read, name="sse-speech-worker", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Tell whether it can be asked."""
        return self._process.poll() is None

    async def speak(self, words_per_minute: int, voice: str, text: str) -> AsyncIterator[bytes]:
        """Yield the bodies of the `SOUND`s of a text.

        Raises:
            EngineFailed: The worker refused the text, or has ended.
        """
        self._ask(words_per_minute, voice.encode(), text.encode("utf-8", "replace"))
        while (frame := await self._frames.get()) is not None:
            kind, body = frame
            if kind == worker.DONE:
                return
            if kind == worker.FAILED:
                raise EngineFailed(body.decode())
            yield body
        raise EngineFailed(_ENDED)

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

    def _ask(self, words_per_minute: int, voice: bytes, text: bytes) -> None:
        head = worker.REQUEST.pack(words_per_minute, len(voice), len(text))
        try:
            self._stdin.write(head + voice + text)
            self._stdin.flush()
        except OSError as error:
            raise EngineFailed(_ENDED) from error

    def _read(self) -> None:
        with suppress(RuntimeError):  # The loop was closed.
            while len(head := self._stdout.read(worker.FRAME.size)) == worker.FRAME.size:
                kind, size = worker.FRAME.unpack(head)
                body = self._stdout.read(size)
                self._loop.call_soon_threadsafe(self._frames.put_nowait, (kind, body))
            self._loop.call_soon_threadsafe(self._frames.put_nowait, None)
