"""The channels that a thread hears: a connection to each node that has one of them.

The subscriber of redis-py was rejected: it copies each message into a dict, and asks the nodes of a
cluster one after the other.
"""

from __future__ import annotations

import selectors
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from redis import Redis, RedisCluster
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import TimeoutError as Unanswered

from ..remote.waker import Waker
from .connection import Client

#: One command names at most so many channels.
_MOST = 500


class Message(NamedTuple):
    """What came on a channel; None for the payload if the server confirms the subscription."""

    channel: bytes
    payload: bytes | None


class Subscriptions(ABC):
    """Hears channels. One thread uses it. After a method has raised, close it and open another."""

    def __init__(
        self, client: Client, waker: Waker, answer_timeout: float, *, sharded: bool = False
    ) -> None:
        self._client: Any = client
        self._waker = waker
        self._pause = answer_timeout / 2
        self._prefix = "S" if sharded else ""
        self._selector = selectors.DefaultSelector()
        self._selector.register(waker, selectors.EVENT_READ)
        self._nodes: dict[str, _Node] = {}

    def subscribe(self, channels: Sequence[str]) -> None:
        """Hear channels from now on. A message without a payload confirms each.

        Raises:
            RedisError: The server can't be reached, or it refuses the client.
        """
        self._send(f"{self._prefix}SUBSCRIBE", channels)

    def unsubscribe(self, channels: Sequence[str]) -> None:
        """Hear channels no more. Messages that are on their way still come.

        Raises:
            RedisError: The server can't be reached.
        """
        self._send(f"{self._prefix}UNSUBSCRIBE", channels)

    def receive(self) -> list[Message]:
        """Wait for messages or for the waker, for a while; return the messages.

        Raises:
            RedisError: A node does not answer, or has refused or ended a subscription.
        """
        messages: list[Message] = []
        for key, _ in self._selector.select(self._pause):
            if key.data is None:
                self._waker.clear()
            else:
                messages += key.data.receive()
        now = time.monotonic()
        for node in self._nodes.values():
            node.check(now, self._pause)
        return messages

    def close(self) -> None:
        """Close the connections and the client."""
        self._selector.close()
        self._client.close()

    @abstractmethod
    def _node_of(self, channel: str) -> tuple[str, Redis]:
        """Return the name and the client of the node that has a channel."""

    def _send(self, command: str, channels: Sequence[str]) -> None:
        # No two slots in a command: a cluster refuses it, and every stream has a slot of its own.
        size = 1 if self._prefix else _MOST
        for start in range(0, len(channels), size):
            some = channels[start : start + size]
            self._connected(some[0]).send(command, some)

    def _connected(self, channel: str) -> _Node:
        name, client = self._node_of(channel)
        if name not in self._nodes:
            node = self._nodes[name] = _Node(client)
            self._selector.register(node, selectors.EVENT_READ, node)
        return self._nodes[name]


class SingleSubscriptions(Subscriptions):
    """The channels of a single server."""

    def _node_of(self, channel: str) -> tuple[str, Redis]:
        return "", self._client


class ClusterSubscriptions(Subscriptions):
    """The channels of a cluster. Before Redis 7 all nodes have all channels."""

    def __init__(
        self, client: RedisCluster, waker: Waker, answer_timeout: float, *, sharded: bool
    ) -> None:
        super().__init__(client, waker, answer_timeout, sharded=sharded)
        self._sharded = sharded

    def _node_of(self, channel: str) -> tuple[str, Redis]:
        client = self._client
        node = client.get_node_from_key(channel) if self._sharded else client.get_default_node()
        return node.name, client.get_redis_connection(node)


class _Node:
    """The connection to a node, which is asked for a sign of life when it is silent."""

    def __init__(self, client: Redis) -> None:
        self._connection: Any = client.connection_pool.get_connection()
        self._heard_at = self._asked_at = time.monotonic()
        #: How many channels the server is still to confirm that they are heard no more.
        self._leaving = 0

    def fileno(self) -> int:
        # redis-py has no other way to wait for several connections at once.
        return int(self._connection._sock.fileno())  # noqa: SLF001

    def send(self, command: str, channels: Sequence[str] = ()) -> None:
        if command.endswith("UNSUBSCRIBE"):
            self._leaving += len(channels)
        self._connection.send_command(command, *channels)

    def receive(self) -> list[Message]:
        """Return the messages that are there; wait for the rest of the last."""
        self._heard_at = time.monotonic()
        messages = self._read()
        while self._connection.can_read(timeout=0):
            messages += self._read()
        return messages

    def check(self, now: float, pause: float) -> None:
        """Ask for a sign of life after a pause; raise after another one without an answer."""
        if now - self._heard_at < pause:
            return
        if self._asked_at <= self._heard_at:
            self._asked_at = now
            self.send("PING")
        elif now - self._asked_at > pause:
            raise Unanswered("a connection that hears channels does not answer")

    def _read(self) -> list[Message]:
        response = self._connection.read_response(push_request=True)
        kind = response[0] if isinstance(response, list) else b"pong"
        if kind in (b"message", b"smessage"):
            return [Message(response[1], response[2])]
        if kind in (b"subscribe", b"ssubscribe"):
            return [Message(response[1], None)]
        if kind in (b"unsubscribe", b"sunsubscribe"):
            if not self._leaving:
                raise Disconnected("a channel was moved to another node")
            self._leaving -= 1
        return []
