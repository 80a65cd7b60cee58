"""The bell reader: it blocks on bells and updates the replicas that they name.

Every process that follows any stream hears every ring, and most rings are not for it. That costs
11 µs of CPU a frame in a process that serves none of the streams; `docs/scaling.md` reckons with
it. In return one blocked connection serves any number of streams.

It updates the replicas itself, over the connection that was blocked: a hand-over to the fetcher's
thread would add its wake-up to the way of every frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from redis.exceptions import RedisError

from ....escaping import make_logger
from ..background_thread import BackgroundThread
from ..backoff import Backoff
from ..bell_entry import newest_command, parse_ring
from ..connection import Command, Connection, raise_refusal
from ..connection_slot import ReconnectSignal
from ..replica_cache import ReplicaCache
from ..server import Server
from ..tuning import Tuning
from .replica_updater import PendingUpdate, ReplicaUpdater

logger = make_logger(__name__)


class BellReader:
    """Reads bells in a thread, and comes back to them after every failure.

    It calls `on_missed` when rings may be missing: after it connected, and when there were more
    than it takes at once.
    """

    def __init__(
        self,
        bells: Sequence[str],
        server: Server,
        signal: ReconnectSignal,
        replicas: ReplicaCache,
        tuning: Tuning,
        *,
        on_missed: Callable[[], None],
    ) -> None:
        self._bells = bells
        self._server = server
        self._signal = signal
        self._replicas = replicas
        self._most = tuning.read_rings
        self._updater = ReplicaUpdater(replicas, tuning.page_entries)
        self._on_missed = on_missed
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause)
        self._thread = BackgroundThread("sse-listener", self._run)
        self.start = self._thread.start
        self.stop = self._thread.stop
        self.join = self._thread.join

    def _run(self) -> None:
        while not self._thread.stopped.is_set():
            try:
                self._listen()
            except RedisError as error:
                logger.info("the bells can't be read: %s", error)
                # A connection that only reads would not notice that the server changed.
                self._signal.send()
                self._backoff.pause(self._thread.stopped)
            except Exception:
                logger.exception("the bells could not be read, and are tried again")
                self._backoff.pause(self._thread.stopped)

    def _listen(self) -> None:
        """Connect, and read until the signal is sent or the store is closed."""
        count = self._signal.count
        with closing(self._server.open()) as connection:
            positions = self._newest(connection)
            # In this order: what changed before the positions were read is found by the look at
            # all replicas, and what changes later rings.
            self._on_missed()
            self._backoff.reset()
            while not self._thread.stopped.is_set() and count == self._signal.count:
                self._read(connection, positions)

    def _newest(self, connection: Connection) -> dict[str, bytes]:
        """Return the id of the last entry of each bell."""
        newest = raise_refusal(connection.execute([newest_command(bell) for bell in self._bells]))
        return {
            bell: entries[0][0] if entries else b"0-0"
            for bell, entries in zip(self._bells, newest, strict=True)
        }

    def _read(self, connection: Connection, positions: dict[str, bytes]) -> None:
        """Wait for rings, for a while; update the replicas that they name."""
        block = round(1000 * self._server.block)
        where: list[str | bytes] = [*positions, *positions.values()]
        command: Command = ("XREAD", "COUNT", self._most, "BLOCK", block, "STREAMS", *where)
        (rung,) = raise_refusal(connection.execute([command]))
        rings = []
        for bell, entries in dict(rung or ()).items():
            positions[bell.decode()] = entries[-1][0]
            if len(entries) >= self._most:  # older ones may have been trimmed away
                self._on_missed()
            rings += [parse_ring(fields) for _, fields in entries]
        if named := self._replicas.named_in(rings):
            self._updater.update(connection, {stream_id: PendingUpdate() for stream_id in named})
