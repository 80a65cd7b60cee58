"""The places where frames are kept: Redis or a database, each with a server that reads there."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from django.test import override_settings

from benchmarks.scaling.ways import POSTGRESQL, SQLITE
from harness import postgresql
from harness.database_stores import StreamDatabase, as_streams, on_postgresql, on_sqlite
from harness.postgresql import PostgreSQL
from harness.redis_server import RedisServer
from harness.servers import Server

Serve = Callable[[dict[str, str]], Any]


@dataclass(frozen=True)
class Place:
    """A store, and a server that reads from it."""

    server: Server
    #: Returns the CPU time of the store, in seconds.
    cpu: Callable[[], float]
    #: What is set in the environment of processes that share the store.
    environment: dict[str, str] = field(default_factory=dict)
    #: The name of the database in this process; empty for Redis.
    alias: str = ""

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this process open streams in the store."""
        setting = {"STORE": f"database:{self.alias}", "JOURNAL": False}
        with override_settings(SSE_PIPELINE=setting) if self.alias else nullcontext():
            yield


def at_redis(server: Server, redis: RedisServer) -> Place:
    """Return the place of all ways through Redis."""

    def cpu() -> float:
        with redis.client() as client:
            found: Any = client.info("cpu")
        return float(found["used_cpu_sys"]) + float(found["used_cpu_user"])

    return Place(server, cpu)


@contextmanager
def places_of(ways: list[str], at: Place, serve: Serve) -> Iterator[dict[str, Place]]:
    """Give the place of each way; those of databases are made."""
    with ExitStack() as stack:
        found = dict.fromkeys(ways, at)
        if SQLITE in found:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
            database = on_sqlite(Path(folder))
            found[SQLITE] = stack.enter_context(_at_database(database, lambda: 0.0, serve))
        if POSTGRESQL in found:
            server = stack.enter_context(postgresql.served())
            cpu = _cpu_of(server)
            found[POSTGRESQL] = stack.enter_context(_at_database(on_postgresql(server), cpu, serve))
        yield found


@contextmanager
def _at_database(
    database: StreamDatabase, cpu: Callable[[], float], serve: Serve
) -> Iterator[Place]:
    environment = {"BENCHMARK_STORE": "database", "DJANGO_DATABASE": database.address}
    with as_streams(database, database.kind), serve(environment) as server:
        yield Place(server, cpu, environment, database.kind)


def _cpu_of(server: PostgreSQL) -> Callable[[], float]:
    def cpu() -> float:
        postmaster = psutil.Process(server.pid)
        times = [each.cpu_times() for each in (postmaster, *postmaster.children())]
        ended = times[0].children_user + times[0].children_system
        return float(ended + sum(each.user + each.system for each in times))

    return cpu


def environment_of(place: Place) -> dict[str, str]:
    """Return the whole environment of a process that shares the store of a place."""
    return {**os.environ, **place.environment}
