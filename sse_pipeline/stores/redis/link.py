"""A link: the line of one thread, opened when it is wanted, and anew when it has to be."""

from __future__ import annotations

from collections.abc import Callable

from .connection import Address, Client
from .line import Line, line


class Link:
    """Gives a line to where the address leads; `greet` is called with each new client."""

    def __init__(self, address: Address, greet: Callable[[Client], None] | None = None) -> None:
        self._address = address
        self._greet = greet
        self._line: Line | None = None
        self._moves = 0

    def line(self) -> Line:
        """Return the line; raises `RedisError` where there is none to be had."""
        if self._moves != self._address.moves:
            self.drop()
        if self._line is None:
            self._moves = self._address.moves
            self._line = self._open()
        return self._line

    def drop(self) -> None:
        """Have the next line be another."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _open(self) -> Line:
        client = self._address.connect()
        try:
            if self._greet is not None:
                self._greet(client)
            return line(client)
        except BaseException:
            client.close()
            raise
