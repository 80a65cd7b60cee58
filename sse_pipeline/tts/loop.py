"""The event loop on which all the speech of a process is made."""

import asyncio
import atexit
import os
from threading import Lock, Thread


class _LoopThread(Thread):
    def __init__(self) -> None:
        super().__init__(name="sse-speech-loop", daemon=True)
        self.loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._stopped.set)
        self.join()


class _Keeper:
    """Makes the thread when it is wanted, anew in a forked child, and stops it at exit."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: _LoopThread | None = None
        self._inherited: list[_LoopThread] = []

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._thread is None:
                self._thread = _LoopThread()
                self._thread.start()
            return self._thread.loop

    def forget(self) -> None:
        self._lock = Lock()
        if self._thread is not None:
            self._inherited.append(self._thread)
        self._thread = None

    def stop(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()


_keeper = _Keeper()
atexit.register(_keeper.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keeper.forget)


def speech_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop of this process; its thread starts with the first call."""
    return _keeper.loop()
