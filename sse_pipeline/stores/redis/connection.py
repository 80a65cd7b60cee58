"""Clients of the server that the setting names. Each belongs to one thread."""

from __future__ import annotations

from contextlib import closing
from typing import Any, TypeAlias

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.connection import parse_url
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    DataError,
    MasterDownError,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from ...exceptions import StoreUnavailable
from ..address import without_credentials as shown

Client: TypeAlias = "Redis | RedisCluster"

#: Seconds for an answer, and for a connection. The URL may say otherwise.
TIMEOUT = 5.0
CONNECT_TIMEOUT = 3.0

#: Refusals that pass: of a server that is full, or is no primary any more, or not yet.
_PASSING = (
    AskError, ClusterDownError, MasterDownError, MovedError, OutOfMemoryError, ReadOnlyError,
    TryAgainError,
)  # fmt: skip
#: The same, as a script says it.
_SAID = ("OOM ", "READONLY ", "MISCONF ", "NOREPLICAS ", "BUSY ")


class Address:
    """A server or a cluster, by a URL as redis-py takes it. Raises `ValueError` for another."""

    def __init__(self, url: str) -> None:
        self._url = url
        options: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        self._by_socket = "path" in options
        try:
            Redis.from_url(url).connection_pool.make_connection()
        except TypeError as error:  # an option that no connection has
            raise ValueError(str(error)) from error
        #: Seconds that a blocking read may take, safely below the timeout of the socket.
        self.block = float(options.get("socket_timeout") or TIMEOUT) / 2
        #: Whether it is a cluster; known once a client was made.
        self.cluster: bool | None = None
        self._nodes: list[tuple[str, int]] = []
        #: How often it was found to lead to another server than before.
        self.moves = 0

    def move(self) -> None:
        """Have those leave their connections who would not notice that they should."""
        self.moves += 1

    def connect(self) -> Client:
        """Make a client, for the cluster if it is one; raises `RedisError`.

        It repeats nothing by itself: whoever calls knows what may be repeated.
        """
        options: dict[str, Any] = {
            "socket_timeout": TIMEOUT,
            "socket_connect_timeout": CONNECT_TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
            "maint_notifications_config": MaintNotificationsConfig(enabled=False),
        }
        if not self._by_socket:
            options["socket_keepalive"] = True
        client = Redis.from_url(self._url, max_connections=2, **options)
        try:
            if self.cluster is None:
                self.cluster = _is_cluster(client)
        finally:
            client.close()
        return self._whole(options) if self.cluster else client

    def _whole(self, options: dict[str, Any]) -> RedisCluster:
        """Make a client of the cluster, of which the node in the URL may be gone by now."""
        nodes: list[Any] = [ClusterNode(*node) for node in self._nodes]  # type: ignore[no-untyped-call]
        client = RedisCluster.from_url(self._url, startup_nodes=nodes, **options)
        found: Any = client.get_nodes()  # type: ignore[no-untyped-call]
        self._nodes = [(node.host, node.port) for node in found]
        return client

    def probe(self) -> None:
        """Raise `StoreUnavailable`, which says why, where the server can't be used now."""
        try:
            with closing(self.connect()) as client:
                client.ping()
        except RedisError as error:
            raise StoreUnavailable(
                f"SSE_PIPELINE['STORE'] = {shown(self._url)!r} can't be used: {error}"
            ) from error


def unavailable(seconds: float, error: Exception) -> StoreUnavailable:
    """Return what those are told who waited so long."""
    return StoreUnavailable(
        f"the store that SSE_PIPELINE['STORE'] names could not be used for {seconds:g} s: {error}"
    )


def _is_cluster(client: Redis) -> bool:
    try:
        return bool(client.info("cluster").get("cluster_enabled"))
    except ResponseError:  # it may not be asked
        return False


def passes(error: RedisError) -> bool:
    """Tell whether an operation that was refused so may succeed a little later."""
    if isinstance(error, AuthenticationError | NoPermissionError):
        return True  # it may be set right
    if not isinstance(error, ResponseError | DataError):
        return True  # the connection's failure
    return isinstance(error, _PASSING) or any(word in str(error) for word in _SAID)


def is_replica(error: Exception) -> bool:
    """Tell whether a server refused because it is no primary any more: the address may know it."""
    return isinstance(error, ReadOnlyError) or "READONLY " in str(error)
