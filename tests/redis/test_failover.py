"""A replica takes over: what was replicated is there, and everything goes on."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.event_source import EventSource, check, numbers
from harness.failover import NOBODY, pair, replicated
from harness.fault_client import APPLICATION
from harness.producers import SETTINGS, Producer, producers
from harness.redis_server import (
    EXECUTABLES,
    RedisServer,
    cluster,
    replica_in_cluster,
)
from harness.servers import Server, serve
from harness.waiting import until
from sse_pipeline.stores.redis import keys

pytestmark = pytest.mark.processes

COUNT = 1000

each_server = pytest.mark.parametrize(
    "executable", EXECUTABLES, ids=[Path(path).name for path in EXECUTABLES]
)


@contextlib.contextmanager
def flow(url: str) -> Iterator[tuple[Producer, Server]]:
    """Run a producer and a web server on a store."""
    with (
        producers(url, lease="20") as (producer,),  # none ends on a busy machine
        serve("uvicorn", APPLICATION, {**SETTINGS, "SSE_PIPELINE_STORE": url}) as web,
    ):
        yield producer, web


@pytest.mark.parametrize(
    ("executable", "leader"),
    [(EXECUTABLES[0], "unreachable"), (EXECUTABLES[-1], "new")],
    ids=["redis-cut-off", "valkey-following"],
)
def test_a_replica_is_promoted_behind_the_address(executable: str, leader: str) -> None:
    with pair(executable) as servers, flow(servers.url) as (producer, web):
        stream = producer("open", ["text"])
        client = EventSource([web.url], stream)
        producer("blast", stream, "text", 0, COUNT)
        client.until(lambda events: len(events) == COUNT + 2)
        replicated(servers.primary, stream)
        servers.fail_over(servers.replica.port if leader == "new" else NOBODY)
        producer("blast", stream, "text", COUNT, COUNT)
        assert producer("complete", stream, "text")
        events = client.wait()
        other = producer("open", ["text"])
        until(lambda: httpx.get(f"{web.url}/streams/{other}/").status_code == 200)
    check(events)
    assert numbers(events) == list(range(2 * COUNT))
    assert events[-1].event == "complete"


@each_server
def test_a_failover_in_the_middle_of_writing_loses_nothing(executable: str) -> None:
    with pair(executable) as servers, flow(servers.url) as (producer, web):
        stream = producer("open", ["text"])
        client = EventSource([web.url], stream)
        producer.start("blast", stream, "text", 0, 20 * COUNT)
        client.until(lambda events: len(events) > 100)
        with servers.primary.client() as old, servers.replica.client() as new:
            old.execute_command("FAILOVER")
            until(lambda: new.role()[0] == b"master")
        servers.address.targets[:] = [servers.replica.port]
        producer.answer()
        assert producer("complete", stream, "text")
        events = client.wait()
    check(events)
    assert numbers(events) == list(range(20 * COUNT))
    assert events[-1].event == "complete"


def test_a_primary_of_a_cluster_is_killed() -> None:
    with (
        cluster() as (doomed, other),
        replica_in_cluster(doomed, other) as replica,
        flow(doomed.url) as (producer, web),
    ):
        stream = _opened_on(doomed, producer)
        client = EventSource([web.url], stream)
        producer("blast", stream, "text", 0, COUNT)
        client.until(lambda events: len(events) == COUNT + 2)
        replicated(doomed, stream)
        doomed.kill()
        with replica.client() as heir:
            heir.cluster("FAILOVER", "TAKEOVER")
        producer("blast", stream, "text", COUNT, COUNT)
        assert producer("complete", stream, "text")
        events = client.wait()
    check(events)
    assert numbers(events) == list(range(2 * COUNT))
    assert events[-1].event == "complete"


def _opened_on(server: RedisServer, producer: Producer) -> str:
    """Open streams until one is kept by a server that has the lower half of the slots."""
    with server.client() as client:
        while True:
            stream: str = producer("open", ["text"])
            if int(client.cluster("KEYSLOT", keys.state(stream))) < 8192:
                return stream
