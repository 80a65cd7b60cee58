"""The server that the setting names: its URL, and how to connect to it.

A cluster is recognized by asking the server, so that a site changes the URL and nothing else. The
nodes of a cluster are remembered with each connection: the node in the URL may be gone when the
next connection is made.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any, NamedTuple

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.connection import parse_url
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from ...exceptions import StoreUnavailable
from ..address import without_credentials
from ..remote.codec import as_mapping
from ..remote.tuning import Tuning
from ..remote.waker import Waker
from .connection import Client, Connection, connection_of
from .subscriptions import ClusterSubscriptions, SingleSubscriptions, Subscriptions

#: The first release with channels that belong to a node of a cluster.
_SHARDED_CHANNELS = 7

#: What keeps redis-py from subscribing to notices of maintenance. It has these from 7.0 on.
_NO_NOTICES: dict[str, Any] = {}
with suppress(ModuleNotFoundError):
    from redis.maint_notifications import MaintNotificationsConfig

    _NO_NOTICES["maint_notifications_config"] = MaintNotificationsConfig(enabled=False)


class ServerKind(NamedTuple):
    """What a server says of itself: whether it is part of a cluster, and its major version."""

    is_cluster: bool
    major: int

    @property
    def shards_channels(self) -> bool:
        """Whether each channel belongs to a node, and not to all nodes of the cluster."""
        return self.is_cluster and self.major >= _SHARDED_CHANNELS


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
        #: Seconds that the server has for an answer.
        self.answer_timeout = float(options.get("socket_timeout") or tuning.answer_timeout)
        #: What it says of itself; None until the first client is made.
        self._kind: ServerKind | None = None
        self._nodes: list[tuple[str, int]] = []

    @property
    def publish_command(self) -> str:
        """The command that publishes to a channel of the server's."""
        return "SPUBLISH" if self._kind is not None and self._kind.shards_channels else "PUBLISH"

    def connect(self) -> Client:
        """Make a client, of the cluster if the server is part of one. It repeats nothing.

        Raises:
            RedisError: The server can't be reached, or it refuses the client.
        """
        options = self._options()
        client = Redis.from_url(self._url, max_connections=2, **options)
        try:
            if self._kind is None:
                self._kind = _kind_of(client)
        finally:
            client.close()  # it opens its connection anew when it is used
        return self._connect_cluster(options) if self._kind.is_cluster else client

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

    def open_subscriptions(self, waker: Waker) -> Subscriptions:
        """Open what channels are heard over. Each connection is made with its first channel.

        Raises:
            RedisError: The server can't be reached, or it refuses the client.
        """
        client = self.connect()
        if isinstance(client, RedisCluster):
            sharded = self._kind is not None and self._kind.shards_channels
            return ClusterSubscriptions(client, waker, self.answer_timeout, sharded=sharded)
        return SingleSubscriptions(client, waker, self.answer_timeout)

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
            "protocol": 2,  # redis-py logs each message that comes by the third
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


def _kind_of(client: Redis) -> ServerKind:
    try:  # not INFO, which the user may lack the right to
        said = as_mapping(client.execute_command("HELLO"))  # type: ignore[no-untyped-call]
    except ResponseError:  # a proxy that does not know the command
        return ServerKind(is_cluster=False, major=0)
    return ServerKind(said[b"mode"] == b"cluster", int(said[b"version"].split(b".")[0]))
