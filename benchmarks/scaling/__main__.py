"""`python -m benchmarks.scaling`: what a frame costs through Redis, from a process to another."""

import json
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks import markdown
from benchmarks.scaling.ways import FORWARDER, WAYS
from tests.redis_server import EXECUTABLES, RedisServer, redis_server
from tests.servers import SERVERS, Server, serve

#: Runs of a replay, in milliseconds: from Redis, and of ready-made bytes.
Replays = list[tuple[float, float]]


def main() -> None:
    options = _options()
    with _served(options.server, options.redis) as (server, redis):
        results, replays, idle = _measure(server, redis, options)
    machine = _machine(options)
    if options.json:
        rows = [
            {"workload": str(workload), "way": way, "runs": [asdict(run) for run in runs]}
            for workload, ways in results.items()
            for way, runs in ways.items()
        ]
        document = {"machine": machine, "results": rows, "replays": replays, "idle": idle}
        print(json.dumps(document, indent=2))
        return
    for workload, ways in results.items():
        print(f"{workload}:\n\n{_table(ways)}\n")
    print(_said(replays))
    print(
        f"An open stream of two components takes {idle[0]:,.0f} bytes in Redis, and its idle"
        f" reader {idle[1]:,.0f} in the server."
    )
    print(f"Medians of {options.repeat}; {', '.join(machine)}.")


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--server", choices=SERVERS, default="uvicorn")
    parser.add_argument("--redis", default=EXECUTABLES[0], help="the server's executable")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, after one to warm up")
    parser.add_argument("--json", action="store_true", help="print every run")
    return parser.parse_args()


@contextmanager
def _served(server_name: str, executable: str) -> Iterator[tuple[Server, RedisServer]]:
    """Run Redis and a server, and have this process open streams there, too."""
    with redis_server("--appendonly", "no", executable=executable) as redis:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.scaling.settings",
            "SSE_PIPELINE_STORE": redis.url,
            "SSE_PIPELINE_LOG_LEVEL": "ERROR",
        }
        quiet = ("--log-level", "warning") if server_name == "uvicorn" else ()
        with serve(server_name, "benchmarks.scaling.application:application", options=quiet) as web:
            yield web, redis


def _measure(
    server: Server, redis: RedisServer, options: Namespace
) -> tuple[dict[Any, dict[str, list[Any]]], Replays, tuple[float, float]]:
    """Run all ways, then all again, so that a change of the machine meets them alike."""
    import django

    django.setup()
    from benchmarks.scaling.run import Workload, idle, measure, replay

    results: dict[Any, dict[str, list[Any]]] = {
        workload: {way: [] for way in options.ways}
        for workload in (Workload(100, 250, 50), Workload(1, 20_000))
    }
    for workload, ways in results.items():
        for number in range(options.repeat + 1):
            for way, runs in ways.items():
                print(f"{number} of {options.repeat}: {way}, {workload}", file=sys.stderr)
                run = measure(server, redis, way, workload)
                if number:
                    runs.append(run)
    replays = [replay(server) for _ in range(options.repeat + 1)][1:]
    return results, replays, idle(server, redis)


def _table(ways: dict[str, list[Any]]) -> str:
    """Draw a table of medians, the figures beside those of the forwarder."""
    forwarder = ways.get(FORWARDER)
    columns: dict[str, Callable[[list[Any]], str]] = {
        "server": lambda runs: f"{_median(runs, 'server'):.1f}",
        "Redis": lambda runs: f"{_median(runs, 'redis'):.1f}",
        "producer": lambda runs: f"{_median(runs, 'producer'):.1f}",
        "all": lambda runs: f"{_median(runs, 'all'):.1f}",
        "server, beside pub/sub": lambda runs: _beside(runs, forwarder, "server"),
        "all, beside pub/sub": lambda runs: _beside(runs, forwarder, "all"),
        "p50, ms": lambda runs: f"{_median(runs, 'p50'):.2f}",
        "p99, ms": lambda runs: f"{_median(runs, 'p99'):.1f}",
        "seconds": lambda runs: f"{_median(runs, 'seconds'):.2f}",
        "lost": lambda runs: f"{max(run.lost for run in runs):,}",
    }
    rows = [
        [WAYS[way].title, *(show(runs) for show in columns.values())] for way, runs in ways.items()
    ]
    return markdown.table(["µs of CPU a frame", *columns], rows)


def _median(runs: list[Any], figure: str) -> float:
    return float(median(getattr(run, figure) for run in runs))


def _beside(runs: list[Any], forwarder: list[Any] | None, figure: str) -> str:
    return f"{_median(runs, figure) / _median(forwarder, figure):.2f}" if forwarder else ""


def _said(replays: Replays) -> str:
    from benchmarks.scaling.run import REPLAYED

    stored, raw = (median(times) for times in zip(*replays, strict=True))
    return (
        f"Replay of {REPLAYED:,} frames from Redis: {stored:.1f} ms, {stored / raw:.2f} times"
        f" what the same bytes take that are ready-made ({raw:.1f} ms)."
    )


def _machine(options: Namespace) -> list[str]:
    packages = (options.server, "redis", "hiredis", "django-eventstream", "channels_redis")
    return [
        f"{os.cpu_count()} cores ({platform.machine()})",
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in packages),
    ]


if __name__ == "__main__":
    main()
