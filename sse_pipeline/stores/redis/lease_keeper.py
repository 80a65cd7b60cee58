"""The lease of this process, and the watch over the leases of the others.

A process that works on components has one key in Redis, which expires unless the process renews
it. A component whose process has no key any more is lost. To declare that wrongly costs a stream
that works, so a missing key counts only after a whole lease of unbroken connection to the same
server: while the server was away, nobody could renew; and a server that started anew, or a replica
that was promoted, may have lost the key of a process that lives. The server's run id tells them
apart. Time is measured by this process's monotonic clock alone, and the expiry by the server's.

A lease for each component was rejected: a process with thousands of streams would renew thousands
of keys.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from ...escaping import make_logger
from . import keys
from .background_thread import BackgroundThread
from .connection import Client
from .server import Server

logger = make_logger(__name__)

#: A process that nobody has asked about for so many leases is not watched any more.
_WATCHED_LEASES = 10


class LeaseKeeper:
    """Renews the lease of this process in a thread, and finds the processes whose lease ran out.

    It has no lock. The thread owns everything except `_watched` and `_lost`: `is_lost` writes to
    the dict, whose operations are atomic, and reads a frozenset that is replaced as a whole.
    """

    def __init__(
        self,
        name: str,
        lease: float,
        renewals: int,
        server: Server,
        *,
        on_lost: Callable[[str], None],
        on_renewed: Callable[[], None],
        on_server_changed: Callable[[], None],
    ) -> None:
        self._name = name
        self._lease = lease
        self._interval = lease / renewals
        self._server = server
        self._on_lost = on_lost
        self._on_renewed = on_renewed
        self._on_server_changed = on_server_changed
        self._client: Client | None = None
        #: The run id of the server, None while it is away, and since when we are connected to it.
        self._run_id: str | None = None
        self._connected_at = 0.0
        self._last_run_id: str | None = None
        #: The processes that are watched, and when someone asked about each last.
        self._watched: dict[str, float] = {}
        self._lost: frozenset[str] = frozenset()
        self._thread = BackgroundThread("sse-leases", self._run)

    def start(self, client: Client) -> None:
        """Take the lease over a given client, and renew it from now on.

        The writer and the fetcher call it before their first command on a server: a claim that
        another process can see must never be without a lease.

        Raises:
            RedisError: The lease could not be taken.
        """
        client.set(keys.process(self._name), 1, px=self._milliseconds)
        self._thread.start()

    def is_lost(self, process: str) -> bool:
        """Return whether a process is known to be lost; watch it from now on."""
        if process == self._name:
            return False
        self._watched[process] = time.monotonic()
        return process in self._lost

    def close(self) -> None:
        """End the thread and give the lease back, so that others need not wait for its expiry."""
        self._thread.stop()
        self._thread.join()

    @property
    def _milliseconds(self) -> int:
        return max(1, round(1000 * self._lease))

    def _run(self) -> None:
        stopped = self._thread.stopped
        while not stopped.is_set():
            interval = self._interval
            try:
                self._renew_and_watch()
                self._on_renewed()
            except RedisError as error:
                logger.info("leases can't be renewed: %s", error)
                self._disconnect()
                interval /= 5  # the lease must survive a short outage
            except Exception:
                logger.exception("the lease thread failed once and goes on")
            stopped.wait(interval)
        self._give_back()

    def _renew_and_watch(self) -> None:
        if self._client is None:
            self._client = self._server.connect()
        asked_at = time.monotonic()
        watched = list(self._watched)
        pipeline = self._client.pipeline(transaction=False)
        pipeline.set(keys.process(self._name), 1, px=self._milliseconds)
        for process in watched:
            pipeline.exists(keys.process(process))
        self._identify(self._client)
        _, *alive = pipeline.execute()
        if asked_at - self._connected_at < self._lease:
            return
        missing = frozenset(
            process for process, lives in zip(watched, alive, strict=True) if not lives
        )
        found, self._lost = missing - self._lost, missing
        for process in found:
            self._on_lost(process)
        self._forget(asked_at)

    def _identify(self, client: Client) -> None:
        """Start to count anew if the server is another one than before."""
        run_id = _run_id(client)
        if run_id == self._run_id:
            return
        self._run_id, self._connected_at = run_id, time.monotonic()
        if self._last_run_id not in (None, run_id):
            self._on_server_changed()
        self._last_run_id = run_id

    def _forget(self, now: float) -> None:
        for process, asked_at in list(self._watched.items()):
            if now - asked_at > _WATCHED_LEASES * self._lease:
                self._watched.pop(process, None)

    def _disconnect(self) -> None:
        self._run_id = None  # the connection broke: count a whole lease again
        if self._client is not None:
            self._client.close()
            self._client = None

    def _give_back(self) -> None:
        try:
            if self._client is not None:
                self._client.delete(keys.process(self._name))
        except RedisError as error:
            logger.info("the lease could not be given back: %s", error)
        self._disconnect()


def _run_id(client: Client) -> str:
    """Return an id that changes with a restart, and with a failover to another server."""
    if isinstance(client, Redis):
        with suppress(ResponseError):  # the user may lack the right to ask
            return str(client.info("server").get("run_id", "unknown"))
    return "unknown"
