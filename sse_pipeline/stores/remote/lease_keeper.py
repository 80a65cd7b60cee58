"""The lease of this process, and the watch over the leases of the others.

A process that works on components has one lease in the store, which expires unless the process
renews it. A component whose process has no lease any more is lost. To declare that wrongly costs a
stream that works, so a missing lease counts only after a whole lease of unbroken connection to the
same server: while the server was away, nobody could renew; and a server that started anew, or a
replica that was promoted, may have lost the lease of a process that lives. The id of the server's
run tells them apart. Time is measured by this process's monotonic clock alone, and the expiry by
the server's.

A lease for each component was rejected: a process with thousands of streams would renew thousands
of leases.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from ...escaping import make_logger
from .background_thread import BackgroundThread

logger = make_logger(__name__)

#: A process that nobody has asked about for so many leases is not watched any more.
_WATCHED_LEASES = 10


class Leases(ABC):
    """The leases of the processes in a store, over a connection that it keeps.

    The thread of the keeper alone uses it.
    """

    #: The exceptions that say that the store can't be used now.
    failures: ClassVar[tuple[type[Exception], ...]]

    @abstractmethod
    def renew(self, process: str, seconds: float, watched: Sequence[str]) -> tuple[str, list[bool]]:
        """Renew a lease; return the id of the server's run, and which of the watched have one."""

    @abstractmethod
    def give_back(self, process: str) -> None:
        """End a lease."""

    @abstractmethod
    def disconnect(self) -> None:
        """Close the connection; the next call opens another."""


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
        leases: Leases,
        *,
        on_lost: Callable[[str], None],
        on_renewed: Callable[[], None],
        on_server_changed: Callable[[], None],
    ) -> None:
        self._name = name
        self._lease = lease
        self._interval = lease / renewals
        self._leases = leases
        self._on_lost = on_lost
        self._on_renewed = on_renewed
        self._on_server_changed = on_server_changed
        #: The run id of the server, None while it is away, and since when we are connected to it.
        self._run_id: str | None = None
        self._connected_at = 0.0
        self._last_run_id: str | None = None
        #: The processes that are watched, and when someone asked about each last.
        self._watched: dict[str, float] = {}
        self._lost: frozenset[str] = frozenset()
        self._thread = BackgroundThread("sse-leases", self._run)

    def start(self) -> None:
        """Renew the lease from now on.

        It is called when the lease was taken, before the first command on a server: a claim that
        another process can see must never be without a lease.
        """
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

    def _run(self) -> None:
        stopped = self._thread.stopped
        while not stopped.is_set():
            interval = self._interval
            try:
                self._renew_and_watch()
                self._on_renewed()
            except self._leases.failures as error:
                logger.info("leases can't be renewed: %s", error)
                self._disconnect()
                interval /= 5  # the lease must survive a short outage
            except Exception:
                logger.exception("the lease thread failed once and goes on")
            stopped.wait(interval)
        self._give_back()

    def _renew_and_watch(self) -> None:
        asked_at = time.monotonic()
        watched = list(self._watched)
        run_id, alive = self._leases.renew(self._name, self._lease, watched)
        self._identify(run_id)
        if asked_at - self._connected_at < self._lease:
            return
        missing = frozenset(
            process for process, lives in zip(watched, alive, strict=True) if not lives
        )
        found, self._lost = missing - self._lost, missing
        for process in found:
            self._on_lost(process)
        self._forget(asked_at)

    def _identify(self, run_id: str) -> None:
        """Start to count anew if the server is another one than before."""
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
        self._leases.disconnect()

    def _give_back(self) -> None:
        try:
            self._leases.give_back(self._name)
        except self._leases.failures as error:
            logger.info("the lease could not be given back: %s", error)
        self._disconnect()
