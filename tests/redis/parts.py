"""Parts of the store over Redis, made by themselves: another process, and servers that fail."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as NoConnection

from sse_pipeline.frames import Frame, encode
from sse_pipeline.stores import Store
from sse_pipeline.stores.redis import RedisStore, Tuning
from sse_pipeline.stores.redis.connection import Client, Command, Connection, ServerAnswer
from sse_pipeline.stores.redis.server import Server
from sse_pipeline.stores.redis.writing.commands import command_of
from sse_pipeline.stores.remote.append_request import AppendRequest, QueuedAppend
from sse_pipeline.stores.remote.replica_cache import ReplicaCache
from sse_pipeline.stores.remote.store_request import StoreContext
from sse_pipeline.testing.subject import Factory, made


def tuned(make: Factory, tuning: Tuning, **options: Any) -> Store:
    """Make a store with this tuning, and the ample options of `made`."""
    return made(lambda **ample: make(**ample, tuning=tuning), **options)


def calls_of(client: Redis, command: str) -> int:
    """Return how many times a command was called, in scripts too."""
    stats: Any = client.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


def context(process: str = "another process") -> StoreContext:
    """Return the context of a process that has no store."""
    replicas = ReplicaCache(1 << 20, 60.0)
    return StoreContext(process, 1 << 20, 60.0, replicas, lambda _: False, Tuning())


def queued(text: str) -> QueuedAppend:
    return QueuedAppend(Frame(encode("text", {"chunk": text}), "writer"), "writer")


def append_of(sequence: int, stream_id: str, text: str, *, publishes: bool = True) -> Command:
    """Return the command of an append of one frame by a process that has no store."""
    request = AppendRequest(context(), sequence, stream_id, [queued(text)])
    return command_of(request, "PUBLISH" if publishes else "NO COMMAND")


class BrokenServer(Server):
    """A server to which nobody can connect once the fault is set, as by a fault in the code."""

    def __init__(self, fault: threading.Event, url: str, tuning: Tuning) -> None:
        super().__init__(url, tuning)
        self._fault = fault

    def connect(self) -> Client:
        if self._fault.is_set():
            raise ArithmeticError("the connection was made to fail")
        return super().connect()


class UnreadableServer(BrokenServer):
    """A server to which the fetcher can't connect while the fault is set."""

    def connect(self) -> Client:
        if threading.current_thread().name == "sse-follower":
            return super().connect()
        return Server.connect(self)


class Garbled(Connection):
    """A connection on which nothing that names one of some streams gets a sound answer."""

    def __init__(self, sound: Connection, streams: set[str]) -> None:
        self._sound = sound
        self._streams = streams

    def execute(self, commands: Sequence[Command]) -> list[ServerAnswer]:
        answers = self._sound.execute(commands)
        return [
            [b"0", object()] if self._names(command) else answer
            for command, answer in zip(commands, answers, strict=True)
        ]

    def close(self) -> None:
        self._sound.close()

    def _names(self, command: Command) -> bool:
        return any(stream_id in str(part) for part in command for stream_id in self._streams)


class GarblingServer(Server):
    """A server whose answers for some streams can't be handled."""

    def __init__(self, streams: set[str], url: str, tuning: Tuning) -> None:
        super().__init__(url, tuning)
        self._streams = streams

    def open(self, prepare: Callable[[Client], None] | None = None) -> Connection:
        return Garbled(super().open(prepare), self._streams)


class UnreadServer(Server):
    """A server that the fetcher can't reach, so that nobody attaches, and no channel is heard."""

    def connect(self) -> Client:
        if threading.current_thread().name == "sse-follower":
            raise NoConnection("the fetcher is kept away")
        return super().connect()


def store_on(make_server: Callable[[str, Tuning], Server], make: Factory) -> RedisStore:
    """Make a store on a server of a special kind."""
    store = made(lambda **options: make(**options, make_server=make_server))
    assert isinstance(store, RedisStore)
    return store
