"""The bells: one connection that waits for several, and tells the follower which streams rang."""

from __future__ import annotations

import logging
import threading
from collections.abc import Container, Iterable, Sequence
from typing import Any, Protocol

from redis.exceptions import RedisError

from .connection import Address, Client

logger = logging.getLogger(__name__)

#: How many rings a bell remembers, and for how many seconds after the last.
REMEMBERED, RINGING = 4000, 120.0
#: How many rings are taken at once: whoever gets so many may have missed some.
RINGS = 1000
#: Seconds between two attempts to connect, at first and at most.
PAUSE, PAUSES = 0.05, 1.0


class Listener(Protocol):
    """Whom the bells are rung for."""

    def rung(self, streams: Iterable[str], flags: Container[str]) -> None:
        """Be told of streams that changed, and whose flags did."""

    def look_at_all(self) -> None:
        """Be told that any stream may have changed."""


class BellReader:
    """Waits for bells in a thread, and comes back to them whatever happens."""

    def __init__(self, names: Sequence[str], address: Address, listener: Listener) -> None:
        self._names = names
        self._address = address
        self._listener = listener
        self._stopped = threading.Event()
        self._client: Client | None = None
        self._thread = threading.Thread(target=self._run, name="sse-bells", daemon=True)
        self.start = self._thread.start
        self.join = self._thread.join

    def stop(self) -> None:
        """Have the thread end."""
        self._stopped.set()

    def _run(self) -> None:
        pause = PAUSE
        while not self._stopped.is_set():
            try:
                moves = self._address.moves
                self._client = self._address.connect()
                positions = self._positions(self._client)
                self._listener.look_at_all()
                pause = PAUSE
                while not self._stopped.is_set() and moves == self._address.moves:
                    self._wait(self._client, positions)
            except Exception as error:
                if isinstance(error, RedisError):
                    logger.info("the store's bells are away: %s", error)
                else:
                    logger.exception("the store's bells were not heard")
                self._stopped.wait(pause)
                pause = min(2 * pause, PAUSES)
            finally:
                if self._client is not None:
                    self._client.close()

    def _positions(self, client: Client) -> dict[str, bytes]:
        newest: dict[str, Any] = {name: client.xrevrange(name, count=1) for name in self._names}
        return {name: entries[0][0] if entries else b"0-0" for name, entries in newest.items()}

    def _wait(self, client: Client, positions: dict[str, bytes]) -> None:
        wanted: Any = positions
        rung: Any = client.xread(wanted, RINGS, block=round(1000 * self._address.block))
        changed: set[str] = set()
        flags: set[str] = set()
        for name, entries in rung:
            positions[name.decode()] = entries[-1][0]
            if len(entries) >= RINGS:
                self._listener.look_at_all()
            for _, entry in entries:
                changed.update(entry[b"rang"].decode().split())
                flags.update(entry[b"flags"].decode().split())
        self._listener.rung(changed, flags)


def ring(pipeline: Any, bell: str, streams: Iterable[str], flags: Iterable[str]) -> None:
    """Tell the processes which streams changed, and whose flags did."""
    entry = {"rang": " ".join(streams), "flags": " ".join(flags)}
    pipeline.xadd(bell, entry, maxlen=REMEMBERED, approximate=True)
    pipeline.pexpire(bell, round(1000 * RINGING))
