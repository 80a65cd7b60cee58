"""The leases in Redis: one key for each process, which expires."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from ..remote.lease_keeper import Leases
from . import keys
from .connection import Client
from .server import Server


class KeyLeases(Leases):
    """The keys of the processes on a server."""

    failures = (RedisError,)

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: Client | None = None

    def renew(self, process: str, seconds: float, watched: Sequence[str]) -> tuple[str, list[bool]]:
        if self._client is None:
            self._client = self._server.connect()
        pipeline = self._client.pipeline(transaction=False)
        pipeline.set(keys.process(process), 1, px=_milliseconds(seconds))
        for other in watched:
            pipeline.exists(keys.process(other))
        run_id = _run_id(self._client)
        _, *alive = pipeline.execute()
        return run_id, [bool(each) for each in alive]

    def give_back(self, process: str) -> None:
        if self._client is not None:
            self._client.delete(keys.process(process))

    def disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def take_lease(client: Client, process: str, seconds: float) -> None:
    """Take the lease of a process over a client of another thread.

    Raises:
        RedisError: The lease could not be taken.
    """
    client.set(keys.process(process), 1, px=_milliseconds(seconds))


def _milliseconds(seconds: float) -> int:
    return max(1, round(1000 * seconds))


def _run_id(client: Client) -> str:
    """Return an id that changes with a restart, and with a failover to another server."""
    if isinstance(client, Redis):
        with suppress(ResponseError):  # the user may lack the right to ask
            return str(client.info("server").get("run_id", "unknown"))
    return "unknown"
