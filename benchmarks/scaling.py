"""`python -m benchmarks.scaling`: what a frame costs through Redis, from a process to another."""

import json
import os
import re
import selectors
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks.client import Incomplete, _ask
from tests.redis_server import RedisServer, redis_server
from tests.servers import ROOT, Server, serve

WAYS = ("library", "pubsub", "alone")
PATHS = {
    "library": "/streams/{}/events/",
    "pubsub": "/pubsub?stream={}",
    "alone": "/alone?stream={}",
}
AT = re.compile(rb'"at":([0-9.]+)')
PATIENCE = 20.0
REPLAYED = 10_000


def main() -> None:
    with redis_server("--appendonly", "no") as redis:
        environment = {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "SSE_PIPELINE_STORE": redis.url,
            "SSE_PIPELINE_LOG_LEVEL": "WARNING",
        }
        os.environ.update(environment)
        with serve(
            "uvicorn", "benchmarks.scaling_application:application", environment,
            options=("--log-level", "warning"),
        ) as server:  # fmt: skip
            for number in range(3):
                for way in WAYS:
                    row = measure(server, redis, way, streams=100, frames=250, rate=50)
                    if number:
                        print("100 streams x 50/s", json.dumps(row), flush=True)
            for way in WAYS:
                row = measure(server, redis, way, streams=1, frames=20_000, rate=0)
                print("blast of 20,000", json.dumps(row), flush=True)
            for _ in range(5):
                print("replay of 10,000", json.dumps(replay(server)), flush=True)


def measure(
    server: Server, redis: RedisServer, way: str, *, streams: int, frames: int, rate: float
) -> dict[str, Any]:
    """Have a producer's frames delivered in one of the ways; return what it took."""
    names = _open(streams) if way == "library" else [str(uuid.uuid4()) for _ in range(streams)]
    with redis.client() as client, ExitStack() as stack, selectors.DefaultSelector() as selector:
        for name in names:
            socket = stack.enter_context(_ask(server.url, PATHS[way].format(name)))
            selector.register(socket, selectors.EVENT_READ, bytearray())
        time.sleep(0.5)
        cpu, redis_cpu = _cpu(server), _redis_cpu(client)
        begun = time.monotonic()
        order = json.dumps([way, names, frames, rate])
        producer = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.scaling_producer", order],
                cwd=ROOT,
                stdout=subprocess.PIPE,
            )
        )
        latencies = _read(selector)
        spent = {"server": _cpu(server) - cpu, "redis": _redis_cpu(client) - redis_cpu}
        output, _ = producer.communicate()
    total = streams * frames
    return {
        "way": way,
        "lost": total - len(latencies),
        "p50_ms": round(1000 * median(latencies), 2),
        "p99_ms": round(1000 * quantiles(latencies, n=100)[-1], 2),
        **{f"{name}_us_a_frame": round(1e6 * cpu / total, 1) for name, cpu in spent.items()},
        "producer_seconds": round(json.loads(output), 2),
        "seconds": round(time.monotonic() - begun, 2),
    }


def replay(server: Server) -> dict[str, float]:
    """Read a stream that this server has not seen, and as many bytes that are ready-made."""
    (stream,) = _open(1)
    _produce("library", [stream], REPLAYED)
    taken = {}
    for name, path in (
        ("redis", PATHS["library"].format(stream)),
        ("raw", f"/raw?frames={REPLAYED}"),
    ):
        begun = time.perf_counter()
        body = httpx.get(server.url + path, timeout=PATIENCE).content
        taken[f"{name}_ms"] = round(1000 * (time.perf_counter() - begun), 1)
        if body.count(b"\nevent: text") != REPLAYED:
            raise Incomplete(f"{body.count(b'event: text')} frames")
    return taken


def _open(count: int) -> list[str]:
    import django

    django.setup()
    from sse_pipeline import SSEHandler

    handlers = [SSEHandler() for _ in range(count)]
    for handler in handlers:
        handler.register_component("text", claim=False)
    return [handler.stream_id for handler in handlers]


def _produce(way: str, streams: list[str], frames: int) -> None:
    order = json.dumps([way, streams, frames, 0])
    command = [sys.executable, "-m", "benchmarks.scaling_producer", order]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _read(selector: selectors.BaseSelector) -> list[float]:
    latencies = []
    while selector.get_map():
        ready = selector.select(PATIENCE)
        if not ready:
            break
        for key, _ in ready:
            data = key.fileobj.recv(2**18)  # type: ignore[union-attr]
            now = time.monotonic()
            if not data:
                selector.unregister(key.fileobj)
            text = key.data + data
            whole = text.rfind(b"\n\n") + 2
            latencies += [now - float(at) for at in AT.findall(text[:whole])]
            key.data[:] = text[whole:]
    return latencies


def _cpu(server: Server) -> float:
    return float(httpx.get(server.url + "/cpu", timeout=PATIENCE).json())


def _redis_cpu(client: Any) -> float:
    found = client.info("cpu")
    return float(found["used_cpu_sys"]) + float(found["used_cpu_user"])


if __name__ == "__main__":
    main()
