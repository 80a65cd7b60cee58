"""The server's clock, as this process knows it.

All bounds of a stream are counted by the server's clock, so that producers whose own clocks differ
by hours agree on them. Nobody asks the server for the time: each script returns it, and half of
the time that the answer took bounds the error.
"""

import time


class ServerClock:
    """Maps this process's monotonic clock to the time of the server.

    The writer's thread calls `adjust`; any thread calls `now`. It has no lock: `now` reads one
    attribute, which is replaced as a whole.
    """

    def __init__(self, fresh: float) -> None:
        self._fresh = fresh
        self._offset = time.time() - time.monotonic()
        self._error = float("inf")
        self._read_at = 0.0

    def now(self) -> float:
        """Return the server's time, in seconds."""
        return time.monotonic() + self._offset

    def adjust(self, server_time: float, sent: float, received: float) -> None:
        """Take the server's time that an answer said, between two monotonic times.

        The reading with the smallest error wins, until it is too old: clocks drift.
        """
        error = (received - sent) / 2
        if error <= self._error or received - self._read_at > self._fresh:
            self._offset = server_time - (sent + received) / 2
            self._error, self._read_at = error, received
