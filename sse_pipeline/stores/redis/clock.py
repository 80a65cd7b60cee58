"""The server's clock, as near as this process knows it."""

import time

#: Seconds for which the best reading of the server's clock is held against later ones.
FRESH = 60.0


class ServerClock:
    """Maps this process's monotonic clock to the time of the server, by its answers."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()
        self._error = float("inf")
        self._read_at = 0.0

    def now(self) -> float:
        """Return the server's time, in seconds."""
        return time.monotonic() + self._offset

    def read(self, server: float, sent: float, received: float) -> None:
        """Take what the server said its time was, between two moments by the monotonic clock."""
        error = (received - sent) / 2
        if error <= self._error or received - self._read_at > FRESH:
            self._offset = server - (sent + received) / 2
            self._error, self._read_at = error, received
