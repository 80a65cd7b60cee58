"""A listener: it waits for bells on one connection, and copies the streams that rang."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import closing

from redis.exceptions import RedisError

from .codec import pairs
from .connection import Address
from .copies import Copies
from .copying import Copier, Wanted
from .line import Command, Line, granted, line

logger = logging.getLogger(__name__)

#: How many rings are taken at once: whoever gets so many may have missed some.
RINGS = 1000
#: Seconds between two attempts to connect, at first and at most.
PAUSE, PAUSES = 0.05, 1.0


class Listener:
    """Waits for bells in a thread, and comes back to them whatever happens.

    Where a ring may have been missed, it calls `look_at_all`.
    """

    def __init__(
        self,
        names: Sequence[str],
        address: Address,
        copies: Copies,
        look_at_all: Callable[[], None],
    ) -> None:
        self._names = names
        self._address = address
        self._copies = copies
        self._copier = Copier(copies)
        self._look_at_all = look_at_all
        self._stopped = threading.Event()
        self._pause = PAUSE
        self._thread = threading.Thread(target=self._run, name="sse-listener", daemon=True)
        self.start = self._thread.start
        self.join = self._thread.join

    def stop(self) -> None:
        """Have the thread end."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except Exception as error:
                if isinstance(error, RedisError):
                    logger.info("the store's bells are away: %s", error)
                    self._address.move()  # what is heard elsewhere is not to be read here
                else:
                    logger.exception("the store's bells were not heard")
                self._stopped.wait(self._pause)
                self._pause = min(2 * self._pause, PAUSES)

    def _listen(self) -> None:
        moves = self._address.moves
        with closing(line(self._address.connect())) as bells:
            newest = granted(bells.exchange([_newest(name) for name in self._names]))
            positions = {
                name: entries[0][0] if entries else b"0-0"
                for name, entries in zip(self._names, newest, strict=True)
            }
            self._look_at_all()
            self._pause = PAUSE
            while not self._stopped.is_set() and moves == self._address.moves:
                self._wait(bells, positions)

    def _wait(self, bells: Line, positions: dict[str, bytes]) -> None:
        """Wait until something rings, for a while, and copy it."""
        block = round(1000 * self._address.block)
        options = ("COUNT", RINGS, "BLOCK", block, "STREAMS", *positions, *positions.values())
        (rung,) = granted(bells.exchange([("XREAD", *options)]))
        changed: set[str] = set()
        flags: set[str] = set()
        for name, entries in dict(rung or ()).items():
            positions[name.decode()] = entries[-1][0]
            if len(entries) >= RINGS:
                self._look_at_all()
            for _, fields in entries:
                entry = pairs(fields)
                changed.update(entry[b"rang"].decode().split())
                flags.update(entry[b"flags"].decode().split())
        if followed := self._copies.followed(changed, flags):
            self._copier.copy(bells, {stream_id: Wanted() for stream_id in followed})


def _newest(bell: str) -> Command:
    return ("XREVRANGE", bell, "+", "-", "COUNT", 1)
