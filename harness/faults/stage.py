"""The stage of a column: two servers of one kind, and the Redis server that they may share."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx
import psutil

from harness.event_source import PLAIN, EventSource
from harness.faults.columns import Column
from harness.postgresql import PostgreSQL
from harness.redis_server import RedisServer, redis_server
from harness.servers import Server, serve
from harness.waiting import until

#: Seconds after which a fault counts as one that is never answered.
LIMIT = 30.0
#: Seconds in which the clients of a cell are forgotten.
SETTLING = 3
#: Seconds that the processes wait for an answer of Redis.
PATIENCE = 1
#: The process whose clients suffer, and the other one.
FIRST, SECOND = "first", "second"


class Stage:
    """Starts a server when a cell first asks for it. A cell that ends one drops it."""

    def __init__(
        self,
        column: Column,
        database: PostgreSQL,
        redis: RedisServer | None = None,
        url: str = "",
        limit: float = LIMIT,
    ) -> None:
        self.column = column
        self.database = database
        self.limit = limit
        self._redis = redis
        self._url = url or (redis.url if redis else "")
        self._running: dict[str, tuple[Server, ExitStack]] = {}

    @property
    def redis(self) -> RedisServer:
        """The Redis server of a column that has one."""
        assert self._redis is not None
        return self._redis

    @property
    def producing(self) -> str:
        """The process that produces: another one than that of the clients, if there may be two."""
        return SECOND if self.column.shared else FIRST

    def server(self, name: str = FIRST) -> Server:
        """Return a server, which is started if it does not run."""
        if name not in self._running:
            with ExitStack() as stack:
                subject = self.column.subject
                server = stack.enter_context(
                    serve(self.column.server, subject.application, self._environment())
                )
                self._running[name] = (server, stack.pop_all())
        return self._running[name][0]

    def drop(self, name: str = FIRST) -> None:
        """End a server; the next cell that needs it starts another."""
        if name in self._running:
            self._running.pop(name)[1].close()

    def close(self) -> None:
        """End all servers."""
        for name in tuple(self._running):
            self.drop(name)

    def get(self, path: str, at: str = FIRST) -> dict[str, Any]:
        """Ask a server for a document."""
        reply = httpx.get(self.server(at).url + path, timeout=self.limit, verify=PLAIN)
        found: dict[str, Any] = reply.raise_for_status().json()
        return found

    def open(self, scenario: str) -> str:
        """Open a stream where its producer will be."""
        stream: str = self.get(f"/open/{scenario}/", self.producing)["stream"]
        return stream

    def begin(self, scenario: str, stream: str) -> None:
        """Let the producer begin."""
        self.get(f"/begin/{scenario}/{stream}/", self.producing)

    def events(self, stream: str) -> str:
        """Return the path of the events of a stream."""
        return self.column.subject.events.format(stream)

    def follow(self, stream: str, *names: str) -> EventSource:
        """Follow a stream at these servers in turn; return when the first one has answered."""
        reader = EventSource(
            [self.server(name).url for name in names or (FIRST,)],
            stream,
            self.column.subject.events,
            seconds=self.limit,
            stop_at_end=True,
        )
        reader.until(lambda _: reader.opened)
        return reader

    def streams(self) -> int:
        """Return how many streams the first server sends."""
        return int(self.get("/meter/")["streams"])

    def begun(self) -> int:
        """Return how many streams the first server has begun to send in all."""
        return int(self.get("/meter/")["begun"])

    def connected(self, ports: set[int]) -> bool:
        """Return whether the first server has an open connection with one of these ports."""
        return any(
            each.raddr and each.raddr.port in ports and each.status == psutil.CONN_ESTABLISHED
            for process in self._processes()
            for each in process.net_connections("tcp")
        )

    def memory(self) -> int:
        """Return the bytes of memory that the first server takes."""
        return sum(process.memory_info().rss for process in self._processes())

    def settle(self) -> None:
        """Leave no stream over for the next cell: drop a server that goes on with one."""
        if FIRST in self._running:
            try:
                until(lambda: self.streams() == 0, SETTLING, pause=0.1)
            except (TimeoutError, httpx.HTTPError):
                self.drop(FIRST)

    def _processes(self) -> list[Any]:
        process = psutil.Process(self.server().pid)
        return [process, *process.children(recursive=True)]

    def _environment(self) -> dict[str, str]:
        subject, port = self.column.subject, self._redis and self._redis.port
        return {
            "WRAPPER": self.column.wrapper,
            "DJANGO_SETTINGS_MODULE": subject.settings,
            "FAULTS_DATABASE": database_environment(self.database),
            "SSE_PIPELINE_STORE": self._url and f"{self._url}?socket_timeout={PATIENCE}",
            "SSE_PIPELINE_LOG_LEVEL": "WARNING",
            "PEER": subject.application.partition(":")[0],
            "PEER_APPS": "django_eventstream" if subject.shared else "",
            "PEER_REDIS": json.dumps({"host": "127.0.0.1", "port": port}),
        }


def database_environment(database: PostgreSQL) -> str:
    """Return the settings of the journal's database, for the environment."""
    return json.dumps(database.settings, default=str)


@contextmanager
def stage(column: Column, database: PostgreSQL, limit: float = LIMIT) -> Iterator[Stage]:
    """Set the stage of a column, until the block is left."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server()) if column.shared else None
        made = stack.enter_context(closing(Stage(column, database, redis, limit=limit)))
        yield made


def refusals(redis: RedisServer) -> int:
    """Return how many writes Redis has refused for want of room."""
    with redis.client() as client:
        errors: Any = client.info("errorstats")
    return int(errors.get("errorstat_OOM", {"count": 0})["count"])


def wait_for_streams(stage: Stage, count: int) -> None:
    """Wait until the first server sends so many streams."""
    until(lambda: stage.streams() >= count)


@contextmanager
def awaited(stage: Stage, count: int) -> Iterator[None]:
    """Wait at the end of the block until the first server has begun so many streams within it.

    Not until it sends so many: a client that reads nothing may be let go before another is there.
    """
    before = stage.begun()
    yield
    until(lambda: stage.begun() >= before + count)
