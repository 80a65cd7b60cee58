"""The event loop on which all speech of a process is made.

There is one loop for all speeches, on a thread of its own. So producers of text may run on any
thread, with or without an event loop, and engines need no locks against each other.
"""

import asyncio
import atexit
import os
from threading import Lock, Thread


class SpeechLoopThread(Thread):
    """Runs an event loop until it is stopped."""

    def __init__(self) -> None:
        super().__init__(name="sse-speech-loop", daemon=True)
        self.loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()

    def start(self) -> None:
        """Start the thread. If it can't start, close the loop."""
        try:
            super().start()
        except RuntimeError:
            self.loop.close()
            raise

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        """Cancel the tasks of the loop, close it, and wait for the end of the thread."""
        self.loop.call_soon_threadsafe(self._stopped.set)
        self.join()


class SpeechLoopHolder:
    """Starts the thread when it is needed, again in a forked child, and stops it at exit."""

    def __init__(self) -> None:
        # Guards `_thread`: two callers at once must not start two threads. No other lock is taken
        # under it, but it is taken under the lock of a streamer.
        self._lock = Lock()
        self._thread: SpeechLoopThread | None = None
        self._inherited: list[SpeechLoopThread] = []

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._thread is None:
                thread = SpeechLoopThread()
                thread.start()
                # Only a thread that runs is kept: if the system has no thread left, `start()`
                # raises, and the next call tries again.
                self._thread = thread
            return self._thread.loop

    def forget_in_child(self) -> None:
        """Forget the thread of the parent process, which does not exist in a forked child."""
        # Another thread of the parent may have held the lock at the fork: it stays locked here.
        self._lock = Lock()
        if self._thread is not None:
            # The reference stays. To collect the loop would close sockets and warn about them.
            self._inherited.append(self._thread)
        self._thread = None

    def stop(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()


_holder = SpeechLoopHolder()
atexit.register(_holder.stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_holder.forget_in_child)


def speech_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop of this process. The first call starts its thread."""
    return _holder.loop()
