"""The server that the setting names: its URL, and how to connect to it.

A cluster is recognized by asking the server, so that a site changes the URL and nothing else. The
nodes of a cluster are remembered with each connection: the node in the URL may be gone when the
next connection is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.connection import parse_url
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from ...exceptions import StoreUnavailable
from ..address import without_credentials
from . import keys
from .connection import Client, Connection, connection_of
from .tuning import Tuning

#: What keeps redis-py from subscribing to notices of maintenance. It has these from 7.0 on.
_NO_NOTICES: dict[str, Any] = {}
with suppress(ModuleNotFoundError):
    from redis.maint_notifications import MaintNotificationsConfig

    _NO_NOTICES["maint_notifications_config"] = MaintNotificationsConfig(enabled=False)


class Server:
    """A server or a cluster, by a URL in the form of redis-py. Any thread may connect.

    It has no lock. Two threads that learn of the cluster at the same time learn the same.

    Raises:
        ValueError: The URL is not one that redis-py takes. The message may show its password.
    """

    def __init__(self, url: str, tuning: Tuning) -> None:
        self._url = url
        self._tuning = tuning
        options: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
        self._by_socket = "path" in options
        try:
            Redis.from_url(url).connection_pool.make_connection()
        except TypeError as error:  # the query has an option that connections do not take
            raise ValueError(str(error)) from error
        #: Seconds that a blocking read may take. A read that blocks for longer than the socket's
        #: timeout fails, so this is half of it.
        self.block = float(options.get("socket_timeout") or tuning.answer_timeout) / 2
        #: Whether it is a cluster; None until the first client is made.
        self.is_cluster: bool | None = None
        self._nodes: list[tuple[str, int]] = []

    @property
    def bells(self) -> Sequence[str]:
        """The keys of the bells; a cluster has more of them than a single server."""
        return keys.bells(self.is_cluster or False)

    def connect(self) -> Client:
        """Make a client, of the cluster if the server is part of one. It repeats nothing.

        Raises:
            RedisError: The server can't be reached, or it refuses the client.
        """
        options = self._options()
        client = Redis.from_url(self._url, max_connections=2, **options)
        try:
            if self.is_cluster is None:
                self.is_cluster = _is_cluster(client)
        finally:
            client.close()  # it opens its connection anew when it is used
        return self._connect_cluster(options) if self.is_cluster else client

    def open(self, prepare: Callable[[Client], None] | None = None) -> Connection:
        """Open a connection; `prepare` gets the client before the first command.

        Raises:
            RedisError: The server can't be reached, or it refuses the client.
        """
        client = self.connect()
        try:
            if prepare is not None:
                prepare(client)
            return connection_of(client)
        except BaseException:
            client.close()
            raise

    def probe(self) -> None:
        """Connect once, within seconds.

        Raises:
            StoreUnavailable: The server can't be used now; the message says why.
        """
        try:
            with closing(self.connect()) as client:
                client.ping()
        except RedisError as error:
            raise StoreUnavailable(
                f"SSE_PIPELINE['STORE'] = {without_credentials(self._url)!r} can't be used: {error}"
            ) from error

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "socket_timeout": self._tuning.answer_timeout,
            "socket_connect_timeout": self._tuning.connect_timeout,
            "retry": Retry(NoBackoff(), 0),
            **_NO_NOTICES,
        }
        if not self._by_socket:
            options["socket_keepalive"] = True
        return options

    def _connect_cluster(self, options: dict[str, Any]) -> RedisCluster:
        nodes: list[Any] = [ClusterNode(*node) for node in self._nodes]  # type: ignore[no-untyped-call]
        client = RedisCluster.from_url(self._url, startup_nodes=nodes, **options)
        found: Any = client.get_nodes()  # type: ignore[no-untyped-call]
        self._nodes = [(node.host, node.port) for node in found]
        return client


def _is_cluster(client: Redis) -> bool:
    try:
        return bool(client.info("cluster").get("cluster_enabled"))
    except ResponseError:  # the user may lack the right to ask
        return False
