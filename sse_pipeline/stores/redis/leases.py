"""The leases: this process says that it lives, and finds out which others do not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from . import keys
from .connection import Client

logger = logging.getLogger(__name__)

#: How often a lease is renewed while it lasts.
RENEWALS = 3


class Leases:
    """One lease a process, which covers all components that it works on.

    Another is lost when its key is gone though this process was connected to the same server for a
    whole lease without a break: a server that was away counts against nobody.
    """

    def __init__(
        self,
        name: str,
        lease: float,
        *,
        connect: Callable[[], Client],
        on_lost: Callable[[str], None],
        on_beat: Callable[[], None],
        on_moved: Callable[[], None],
    ) -> None:
        self._name = name
        self._lease = lease
        self._connect = connect
        self._on_lost = on_lost
        self._on_beat = on_beat
        self._on_moved = on_moved
        self._client: Client | None = None
        self._server: object = None
        self._last_server: object = None
        self._since = 0.0
        self._others: dict[str, float] = {}
        self._lost: frozenset[str] = frozenset()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, client: Any) -> None:
        """Take the lease, before anything is claimed, and renew it from now on."""
        self._renew(client)
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="sse-leases", daemon=True)
                self._thread.start()

    def _renew(self, client: Any) -> None:
        client.set(keys.process(self._name), 1, px=max(1, round(1000 * self._lease)))

    def lost(self, owner: str) -> bool:
        """Tell whether a process is known to be lost; it is looked after from now on."""
        if owner == self._name:
            return False
        self._others[owner] = time.monotonic()
        return owner in self._lost

    def close(self) -> None:
        """Renew no more, and give the lease back."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            pause = self._lease / RENEWALS
            try:
                self._beat()
                self._on_beat()
            except RedisError as error:
                logger.info("leases can't be renewed: %s", error)
                self._disconnect()
                pause = self._lease / RENEWALS / 5
            except Exception:
                logger.exception("leases could not be looked after")
            self._stopped.wait(pause)
        self._hand_in()

    def _beat(self) -> None:
        if self._client is None:
            self._client = self._connect()
        begun = time.monotonic()
        others = list(self._others)
        pipeline = self._client.pipeline(transaction=False)
        self._renew(pipeline)
        for owner in others:
            pipeline.exists(keys.process(owner))
        server = self._identity()
        if server != self._server:
            self._server, self._since = server, time.monotonic()
            if self._last_server not in (None, server):
                self._on_moved()
            self._last_server = server
        _, *alive = pipeline.execute()
        if begun - self._since < self._lease:
            return
        missing = frozenset(owner for owner, lives in zip(others, alive, strict=True) if not lives)
        found, self._lost = missing - self._lost, missing
        for owner in found:
            self._on_lost(owner)
        self._forget(begun)

    def _identity(self) -> object:
        """Return what another server, or the same one started anew, would not have."""
        if isinstance(self._client, Redis):
            with suppress(ResponseError):  # it may not be asked
                return self._client.info("server").get("run_id")
        return "unknown"

    def _forget(self, now: float) -> None:
        for owner, asked_at in list(self._others.items()):
            if now - asked_at > 10 * self._lease:
                self._others.pop(owner, None)

    def _disconnect(self) -> None:
        self._server = None
        if self._client is not None:
            self._client.close()
            self._client = None

    def _hand_in(self) -> None:
        try:
            if self._client is not None:
                self._client.delete(keys.process(self._name))
        except RedisError as error:
            logger.info("the lease could not be given back: %s", error)
        self._disconnect()
