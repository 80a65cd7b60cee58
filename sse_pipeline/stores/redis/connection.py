"""One thread's connection: commands go out together, and each gets its own answer.

The store does not use the command methods of redis-py: a client checks a connection out of its
pool, and looks at its health, before each command. Here a thread keeps one connection and writes
many commands at once. A refused command is an answer like any other (`RedisError` in the list), so
that one stream's refusal does not fail the other streams of the pipeline.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis import Redis, RedisCluster
from redis.exceptions import RedisError, ResponseError

Client: TypeAlias = "Redis | RedisCluster"
Command: TypeAlias = "tuple[str | bytes | float, ...]"
#: The result of a command in redis-py, which has no closer type: bytes, an int, None, a list of
#: those (a cluster's client makes a dict of some lists), or the `RedisError` that refused it.
ServerAnswer: TypeAlias = Any


class Connection(ABC):
    """A connection of one thread. After `execute` has raised, close it and open another."""

    @abstractmethod
    def execute(self, commands: Sequence[Command]) -> list[ServerAnswer]:
        """Send the commands together; return the answer to each, in order.

        Raises:
            RedisError: No answers came. The server may have executed the commands or not.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the connection and its client."""


class SingleConnection(Connection):
    """A connection to one server."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._socket: Any = client.connection_pool.get_connection()

    def execute(self, commands: Sequence[Command]) -> list[ServerAnswer]:
        self._socket.send_packed_command(self._socket.pack_commands(commands))
        return [self._read() for _ in commands]

    def close(self) -> None:
        self._client.close()

    def _read(self) -> ServerAnswer:
        try:
            return self._socket.read_response()
        except ResponseError as error:
            return error


class ClusterConnection(Connection):
    """Connections to a cluster: redis-py's pipeline asks the node of each key's slot."""

    def __init__(self, client: RedisCluster) -> None:
        self._client: Any = client

    def execute(self, commands: Sequence[Command]) -> list[ServerAnswer]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[ServerAnswer] = pipeline.execute(raise_on_error=False)
        return answers

    def close(self) -> None:
        self._client.close()


def check_command(command: Command) -> None:
    """Check that each part of a command can be encoded.

    Raises:
        TypeError: A part is neither text, nor bytes, nor a number.
        ValueError: A text has a lone surrogate.
    """
    for part in command:
        if isinstance(part, str):
            part.encode()
        elif isinstance(part, bool) or not isinstance(part, bytes | int | float):
            raise TypeError(f"{part!r} is neither text, nor bytes, nor a number")


def connection_of(client: Client) -> Connection:
    """Return a connection of a client. Its `close` closes the client as well."""
    if isinstance(client, RedisCluster):
        return ClusterConnection(client)
    return SingleConnection(client)


def raise_refusal(answers: list[ServerAnswer]) -> list[ServerAnswer]:
    """Return the answers.

    Raises:
        RedisError: One of the commands was refused; this is the first refusal.
    """
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
    return answers
