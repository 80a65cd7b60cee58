"""One run: frames of another process in one of the ways, and what it took."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, NamedTuple

import httpx

from benchmarks.client import Incomplete
from benchmarks.scaling.clients import connected
from benchmarks.scaling.places import Place, environment_of
from benchmarks.scaling.ways import LIBRARY, OF_LIBRARY, WAYS
from harness.redis_server import RedisServer
from harness.servers import ROOT, Server
from sse_pipeline import SSEHandler

REPLAYED = 10_000
IDLE = 800
PATIENCE = 60.0


class Workload(NamedTuple):
    """So many streams of so many frames, `rate` a second for each; 0 for as fast as it goes."""

    streams: int
    frames: int
    rate: float = 0

    @property
    def total(self) -> int:
        """All frames."""
        return self.streams * self.frames

    def __str__(self) -> str:
        if self.rate:
            return f"{self.streams} streams of {self.rate:g} frames a second, a client each"
        return f"{self.streams} stream, {self.frames:,} frames at once"


#: Seconds of a run whose frames come one by one.
SECONDS = 5


def paced(rate: float) -> Workload:
    """Return the workload whose streams get so many frames a second."""
    return Workload(100, round(SECONDS * rate), rate)


BLAST = Workload(1, 20_000)


@dataclass(frozen=True, slots=True)
class Run:
    """The cost of a run: µs of CPU a frame, milliseconds, seconds, and lost frames."""

    server: float
    store: float
    producer: float
    p50: float
    p99: float
    seconds: float
    lost: int

    @property
    def all(self) -> float:
        """The CPU of all three processes."""
        return self.server + self.store + self.producer


def measure(place: Place, way: str, workload: Workload) -> Run:
    """Have a producer's frames delivered in one of the ways."""
    with place.entered():
        streams = _opened(way, workload.streams)
    with connected(
        place.server.url, [WAYS[way].path.format(stream) for stream in streams]
    ) as clients:
        time.sleep(1)  # until every way has subscribed, which not all can be asked
        before = _spent(place)
        with _producer(place, way, streams, workload) as producer:
            clients.read()
            produced = json.loads(producer.communicate()[0])
        after = _spent(place)
    of_server, of_store = (late - early for early, late in zip(before, after, strict=True))
    microseconds = 1e6 / workload.total
    return Run(
        server=of_server * microseconds,
        store=of_store * microseconds,
        producer=produced["cpu"] * microseconds,
        p50=1000 * median(clients.latencies),
        p99=1000 * quantiles(clients.latencies, n=100)[-1],
        seconds=clients.at - produced["begun"],
        lost=workload.total - len(clients.latencies),
    )


def replay(place: Place) -> tuple[float, float]:
    """Read a stream that a server has not seen, and the same bytes ready-made: milliseconds."""
    (stream,) = _opened(LIBRARY, 1)
    with _producer(place, LIBRARY, [stream], Workload(1, REPLAYED)) as producer:
        producer.communicate()
    server = place.server
    return (
        _read(server, WAYS[LIBRARY].path.format(stream)),
        _read(server, f"/raw?frames={REPLAYED}"),
    )


def idle(server: Server, redis: RedisServer) -> tuple[float, float]:
    """Return what an open stream takes in Redis, and its idle reader in the server: bytes."""
    before = _memory(redis)
    streams = _opened(LIBRARY, IDLE, components=("text", "speech"))
    in_redis = (_memory(redis) - before) / IDLE
    before = _ask(server, "/memory")
    with connected(server.url, [WAYS[LIBRARY].path.format(each) for each in streams]) as clients:
        clients.greet()
        in_server = (_ask(server, "/memory") - before) / IDLE
    return in_redis, in_server


def bystander(place: Place, other: Server, workload: Workload) -> float:
    """Return what a server spends on streams that it serves to nobody: µs a frame.

    What it spends in the same time without any frame is subtracted.
    """
    with connected(other.url, [WAYS[LIBRARY].path.format(*_opened(LIBRARY, 1))]) as clients:
        clients.greet()
        before, begun = _ask(other, "/cpu"), time.monotonic()
        measure(place, LIBRARY, workload)
        after, taken = _ask(other, "/cpu"), time.monotonic() - begun
        time.sleep(taken)
        at_rest = _ask(other, "/cpu") - after
        return 1e6 * (after - before - at_rest) / workload.total


def _memory(redis: RedisServer) -> float:
    with redis.client() as client:
        found: Any = client.info("memory")
    return float(found["used_memory"])


def _ask(server: Server, path: str) -> float:
    return float(httpx.get(server.url + path, timeout=PATIENCE).json())


def _read(server: Server, path: str) -> float:
    begun = time.perf_counter()
    body = httpx.get(server.url + path, timeout=PATIENCE).content
    taken = time.perf_counter() - begun
    if (count := body.count(b"event: text\n")) != REPLAYED:
        raise Incomplete(f"{count} frames of {REPLAYED}")
    return 1000 * taken


def _opened(way: str, count: int, components: Sequence[str] = ("text",)) -> list[str]:
    if way not in OF_LIBRARY:
        return [str(uuid.uuid4()) for _ in range(count)]
    handlers = [SSEHandler() for _ in range(count)]
    for handler in handlers:
        for name in components:
            handler.register_component(name, claim=False)
    return [handler.stream_id for handler in handlers]


def _producer(
    place: Place, way: str, streams: list[str], workload: Workload
) -> subprocess.Popen[bytes]:
    order = json.dumps([way, streams, workload.frames, workload.rate])
    command = [sys.executable, "-m", "benchmarks.scaling.producer", order]
    return subprocess.Popen(command, cwd=ROOT, env=environment_of(place), stdout=subprocess.PIPE)


def _spent(place: Place) -> tuple[float, float]:
    """Return the CPU time of the server and of the store, in seconds."""
    return _ask(place.server, "/cpu"), place.cpu()
