"""Every accepted frame arrives once and in order, whichever process dies; or the stream is lost.

Producers, web servers and Redis are real processes, and their deaths are real.
"""

import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness.event_source import EventSource, check, numbers
from harness.fault_client import APPLICATION
from harness.producers import SETTINGS, Producer, Refused, producers
from harness.proxy import proxy
from harness.redis_server import RedisServer, redis_server
from harness.servers import Server, serve
from harness.waiting import until

pytestmark = pytest.mark.processes

COUNT = 3000
#: Seconds that the processes on the stage wait for an answer of Redis.
PATIENCE = 2
#: Redis stands still for this many seconds: several times `PATIENCE`.
PAUSE = 8


@dataclass
class Stage:
    """A Redis server, and a web server and a producer that use it."""

    redis: RedisServer
    web: Server
    producer: Producer

    def follow(self, stream: str) -> EventSource:
        return EventSource([self.web.url], stream)


def web_environment(store: str) -> dict[str, str]:
    return {**SETTINGS, "SSE_PIPELINE_STORE": store}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with (
        redis_server() as redis,
        producers(f"{redis.url}?socket_timeout={PATIENCE}") as (producer,),
        serve(
            "uvicorn", APPLICATION, web_environment(f"{redis.url}?socket_timeout={PATIENCE}")
        ) as web,
    ):
        yield Stage(redis, web, producer)


def assert_completes(producer: Producer, client: EventSource, stream: str, count: int) -> None:
    """Complete the text, and check that the client gets this many frames of it, and the end."""
    assert producer("complete", stream, "text")
    events = client.wait()
    check(events)
    assert numbers(events) == list(range(count))
    assert events[-1].event == "complete"


@pytest.mark.parametrize("seed", range(3))
def test_the_producer_is_killed(stage: Stage, seed: int) -> None:
    moment, accepted = random.Random(seed), 0
    with producers(stage.redis.url) as (producer,):
        stream = producer("open", ["text"])
        client = stage.follow(stream)
        producer.start("blast_on", stream, "text")
        for _ in range(moment.randrange(1, 30)):
            accepted = producer.answer()
        producer.kill(after=moment.random() / 100)
    events = client.wait()
    check(events)
    assert len(numbers(events)) >= accepted
    assert numbers(events) == list(range(len(numbers(events))))
    assert events[-1].json()["reason"] == "producer_lost"
    assert events[-1].json()["components"]["text"]["status"] == "lost"


def test_the_web_process_is_killed(stage: Stage) -> None:
    stream = stage.producer("open", ["text"])
    with serve("uvicorn", APPLICATION, web_environment(stage.redis.url)) as doomed:
        client = EventSource([doomed.url, stage.web.url], stream)
        stage.producer("blast", stream, "text", 0, 100)
        client.until(lambda events: len(events) > 50)
        stage.producer.start("blast", stream, "text", 100, COUNT)
        doomed.kill()
    stage.producer.answer()
    assert_completes(stage.producer, client, stream, COUNT + 100)
    assert client.connections > 2


@pytest.mark.parametrize("path", ["/streams/{}/events/", "/asynchronous-view/{}/"])
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_web_process_that_is_ended_sends_its_readers_elsewhere(
    stage: Stage, server: str, path: str
) -> None:
    stream = stage.producer("open", ["text"])
    stage.producer("send", stream, "text", 0)
    with serve(server, APPLICATION, web_environment(stage.redis.url)) as first:
        client = EventSource([first.url, stage.web.url], stream, path)
        client.until(lambda events: len(events) == 3)
        os.kill(first.pid, signal.SIGTERM)
        client.until(lambda _: client.connections == 2)
    assert client.cuts == 0
    assert stage.producer("complete", stream, "text")
    events = client.wait()
    check(events)
    assert events[-1].event == "complete"


def test_redis_is_killed_and_comes_back_with_its_file(stage: Stage) -> None:
    stream = stage.producer("open", ["text"])
    client = stage.follow(stream)
    stage.producer.start("blast", stream, "text", 0, 10 * COUNT)
    client.until(lambda events: len(events) > 100)
    known = len(stage.web.log)
    stage.redis.kill()
    until(lambda: "the store can't be used" in stage.web.log[known:])
    stage.redis.start()
    stage.producer.answer()
    assert_completes(stage.producer, client, stream, 10 * COUNT)


def test_redis_is_paused_for_longer_than_anyone_waits_for_an_answer(stage: Stage) -> None:
    stream = stage.producer("open", ["text"])
    client = stage.follow(stream)
    stage.producer.start("blast", stream, "text", 0, 10 * COUNT)
    client.until(lambda events: len(events) > 100)
    stage.redis.pause_for(PAUSE)
    stage.producer.answer()
    assert_completes(stage.producer, client, stream, 10 * COUNT)


def test_connections_are_cut_in_the_middle_of_anything(stage: Stage) -> None:
    with (
        proxy(stage.redis.port, lifetime=60_000, seed=1) as cutter,
        producers(f"redis://127.0.0.1:{cutter.port}/0") as (producer,),
        serve("uvicorn", APPLICATION, web_environment(f"redis://127.0.0.1:{cutter.port}/0")) as web,
    ):
        stream = producer("open", ["text"])
        client = EventSource([web.url], stream)
        for start in range(0, COUNT, 100):
            producer("blast", stream, "text", start, 100)
        assert_completes(producer, client, stream, COUNT)
        assert cutter.cuts > 5


def test_two_owners_race_after_a_partition(stage: Stage) -> None:
    with producers(stage.redis.url) as (late,):
        stream = late("open", ["text"])
        client = stage.follow(stream)
        late("blast", stream, "text", 0, 100)
        # What is not written yet when the other one takes over is refused, like all that follows.
        client.until(lambda events: len(numbers(events)) == 100)
        late.pause()
        stage.producer("enter", stream, "text")
        late.start("blast", stream, "text", 10_000, 500)
        late.start("complete", stream, "text")
        stage.producer.start("blast", stream, "text", 100, 500)
        late.resume()
        stage.producer.start("complete", stream, "text")
        outcomes = [_outcome(each) for each in (stage.producer, stage.producer, late, late)]
    events = client.wait()
    check(events)
    assert [outcomes[1], outcomes[3]].count(True) == 1
    first = [number for number in numbers(events) if number < 10_000]
    assert first == list(range(len(first)))
    assert events[-1].event == "complete"


def _outcome(producer: Producer) -> object:
    try:
        return producer.answer()
    except Refused as refusal:
        return refusal


def test_clocks_differ(stage: Stage) -> None:
    with (
        producers(stage.redis.url, clock_skew="3600") as (early,),
        producers(stage.redis.url, clock_skew="-3600") as (late,),
    ):
        stream = early("open", ["text"])
        late("register", stream, "speech")
        client = stage.follow(stream)
        early("send", stream, "text", 0)
        late("send", stream, "speech", 1)
        times = [producer("now") for producer in (early, late, stage.producer)]
        assert max(times) - min(times) < 1
        begun = stage.producer("now")
        until(lambda: stage.producer("now") > begun + 1.5)  # more than a lease
        assert late("ledger", stream)["state"] == "streaming"
        assert early("complete", stream, "text")
        assert late("complete", stream, "speech")
        events = client.wait()
        check(events)
        assert events[-1].event == "complete"
        assert events[-1].json()["components"]["text"]["ms"] < 60_000
