"""The waker: it wakes a thread that waits for sockets."""

from __future__ import annotations

import select
import socket
from contextlib import suppress


def wait_for(seconds: float | None, *descriptors: int) -> bool:
    """Wait until one of the descriptors can be read; return whether that was in time."""
    poll = select.poll()  # `select` takes no descriptor from 1024 on, and a server has more
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if seconds is None else max(0.0, 1000 * seconds)))


class Waker:
    """A socket that can be read as soon as another thread has called `wake`.

    It has no lock: two calls at the same time may send two bytes, which wake once.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        self._armed = False

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._reader.fileno()

    def wake(self) -> None:
        """Wake the thread, unless it was woken and has not called `clear` since."""
        if not self._armed:
            self._armed = True
            with suppress(OSError):  # closed: nobody waits any more
                self._writer.send(b"\0")

    def clear(self) -> None:
        """Wait for the next call from now on. Call it before you look at what the call is about."""
        with suppress(BlockingIOError):
            self._reader.recv(4096)
        self._armed = False

    def wait(self, seconds: float | None = None, *descriptors: int) -> bool:
        """Wait until it is woken or a descriptor can be read; return whether that was in time.

        It is cleared then.
        """
        in_time = wait_for(seconds, self.fileno(), *descriptors)
        self.clear()
        return in_time

    def close(self) -> None:
        """Close both ends."""
        self._reader.close()
        self._writer.close()
