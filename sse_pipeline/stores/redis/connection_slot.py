"""The connection that a thread keeps, and the signal by which all threads replace theirs.

After a failover the address of the setting leads to another server, but connections to the old one
may live on. The writer notices: a replica refuses writes. Reads succeed on a replica, so the
fetcher and the subscriber would stay on a server that gets nothing new, or that hears its changes
late. Therefore the thread that finds that the server changed sends the `ReconnectSignal`, and all
slots open a new connection before their next command. Health checks of the connections were
rejected: the old server answers a PING.
"""

from __future__ import annotations

from collections.abc import Callable

from .connection import Client, Connection
from .server import Server


class ReconnectSignal:
    """A count that grows each time when the connections are to be replaced.

    It needs no lock: a reader compares it with the count that it saw before it connected, and two
    signals at the same time may count as one.
    """

    def __init__(self) -> None:
        self.count = 0

    def send(self) -> None:
        """Make every slot and the subscriber open new connections."""
        self.count += 1


class ConnectionSlot:
    """Holds the connection of one thread; `prepare` gets each new client."""

    def __init__(
        self,
        server: Server,
        signal: ReconnectSignal,
        prepare: Callable[[Client], None] | None = None,
    ) -> None:
        self._server = server
        self._signal = signal
        self._prepare = prepare
        self._connection: Connection | None = None
        self._count = 0

    def get(self) -> Connection:
        """Return the connection, a new one if there is none or if the signal was sent.

        Raises:
            RedisError: The server can't be reached, or it refuses the client.
        """
        if self._count != self._signal.count:
            self.drop()
        if self._connection is None:
            # Read the count first: a signal that comes while we connect must not be missed.
            self._count = self._signal.count
            self._connection = self._server.open(self._prepare)
        return self._connection

    def drop(self) -> None:
        """Close the connection; the next `get` opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
