"""`python -m benchmarks.scaling`: what a frame costs through a store, from process to process."""

import json
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks import markdown
from benchmarks.scaling.ways import FORWARDER, WAYS
from harness.redis_server import EXECUTABLES, RedisServer, redis_server
from harness.servers import SERVERS, Server, serve


def main() -> None:
    options = _options()
    with _stored(options.redis) as redis, _served(options.server) as server:
        place = _place(server, redis)
        results = _measure(place, options)
        with _served(options.server) as other:
            sides = _measure_sides(place, other, redis, options)
    machine = _machine(options)
    if options.json:
        rows = [
            {"workload": str(workload), "way": way, "runs": [asdict(run) for run in runs]}
            for workload, ways in results.items()
            for way, runs in ways.items()
        ]
        print(json.dumps({"machine": machine, "results": rows, "sides": sides}, indent=2))
        return
    for workload, ways in results.items():
        print(f"{workload}:\n\n{_table(ways)}\n")
    print(_said(sides))
    print(f"Medians of {options.repeat}; {', '.join(machine)}.")


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--server", choices=SERVERS, default="uvicorn")
    parser.add_argument("--redis", default=EXECUTABLES[0], help="the server's executable")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--rate", type=float, default=50, help="frames a second of each stream")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, after one to warm up")
    parser.add_argument("--json", action="store_true", help="print every run")
    return parser.parse_args()


@contextmanager
def _stored(executable: str) -> Iterator[RedisServer]:
    """Run Redis, and have this process open streams there, too."""
    with redis_server("--appendonly", "no", executable=executable) as redis:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.scaling.settings",
            "SSE_PIPELINE_STORE": redis.url,
            "SSE_PIPELINE_LOG_LEVEL": "ERROR",
        }
        yield redis


def _served(
    server_name: str, environment: dict[str, str] | None = None
) -> AbstractContextManager[Server]:
    quiet = ("--log-level", "warning") if server_name == "uvicorn" else ()
    return serve(
        server_name, "benchmarks.scaling.application:application", environment, options=quiet
    )


def _place(server: Server, redis: RedisServer) -> Any:
    """Set Django up, and return the place of the ways through Redis."""
    import django

    django.setup()
    from benchmarks.scaling.places import at_redis

    return at_redis(server, redis)


def _measure(at: Any, options: Namespace) -> dict[Any, dict[str, list[Any]]]:
    """Run all ways, then all again, so that a change of the machine meets them alike."""
    from benchmarks.scaling.places import places_of
    from benchmarks.scaling.run import BLAST, measure, paced

    results: dict[Any, dict[str, list[Any]]] = {
        workload: {way: [] for way in options.ways} for workload in (paced(options.rate), BLAST)
    }
    turns = [(workload, number) for workload in results for number in range(options.repeat + 1)]
    with places_of(options.ways, at, partial(_served, options.server)) as places:
        for workload, number in turns:
            for way, runs in results[workload].items():
                print(f"{number} of {options.repeat}: {way}, {workload}", file=sys.stderr)
                run = measure(places[way], way, workload)
                if number:
                    runs.append(run)
    return results


def _measure_sides(
    place: Any, other: Server, redis: RedisServer, options: Namespace
) -> dict[str, float]:
    """Measure the library's replay, a server that stands by, and what idle streams take."""
    from benchmarks.scaling.run import bystander, idle, paced, replay

    replays = [replay(place) for _ in range(options.repeat + 1)][1:]
    stored, raw = (median(times) for times in zip(*replays, strict=True))
    workload, rounds = paced(options.rate), range(options.repeat + 1)
    standing_by = [bystander(place, other, workload) for _ in rounds][1:]
    in_redis, in_server = idle(other, redis)
    return {
        "replay_ms": stored,
        "ready_made_ms": raw,
        "bystander_us": median(standing_by),
        "stream_bytes": in_redis,
        "reader_bytes": in_server,
    }


def _table(ways: dict[str, list[Any]]) -> str:
    """Draw a table of medians, the figures beside those of the forwarder."""
    forwarder = ways.get(FORWARDER)
    columns: dict[str, Callable[[list[Any]], str]] = {
        "server": lambda runs: f"{_median(runs, 'server'):.1f}",
        "store": lambda runs: f"{_median(runs, 'store'):.1f}",
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


def _said(sides: dict[str, float]) -> str:
    from benchmarks.scaling.run import REPLAYED

    stored, raw = sides["replay_ms"], sides["ready_made_ms"]
    return (
        f"Replay of {REPLAYED:,} frames from Redis: {stored:.1f} ms, {stored / raw:.2f} times"
        f" what the same bytes take that are ready-made ({raw:.1f} ms).\n"
        f"A server that serves none of the 100 streams: {sides['bystander_us']:.2f} µs a frame,"
        " beside what it takes at rest.\n"
        f"An open stream of two components: {sides['stream_bytes']:,.0f} bytes in Redis; its idle"
        f" reader: {sides['reader_bytes']:,.0f} in the server."
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
