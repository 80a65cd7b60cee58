"""A line to the server: commands go out together, and each gets its answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis import Redis, RedisCluster
from redis.exceptions import RedisError, ResponseError

from .connection import Client

Command: TypeAlias = tuple[Any, ...]


class Line(ABC):
    """What one thread asks over; of no use any more once it has raised."""

    @abstractmethod
    def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Return the answer to each command, or the error that it was refused with.

        Raises `RedisError` where there are no answers.
        """

    @abstractmethod
    def close(self) -> None:
        """Hang up."""


class ServerLine(Line):
    """One connection, kept: a client would look at it anew before each command."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._connection: Any = client.connection_pool.get_connection()

    def exchange(self, commands: Sequence[Command]) -> list[Any]:
        connection = self._connection
        connection.send_packed_command(connection.pack_commands(commands))
        return [self._answer() for _ in commands]

    def close(self) -> None:
        self._client.close()

    def _answer(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error


class ClusterLine(Line):
    """A pipeline for each exchange, which asks the nodes that have the keys."""

    def __init__(self, client: RedisCluster) -> None:
        self._client: Any = client

    def exchange(self, commands: Sequence[Command]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        return answers

    def close(self) -> None:
        self._client.close()


def line(client: Client) -> Line:
    """Make a line of a client, and have the client with it."""
    return ClusterLine(client) if isinstance(client, RedisCluster) else ServerLine(client)


def granted(answers: list[Any]) -> list[Any]:
    """Return the answers; raise the first that is a refusal."""
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
    return answers
