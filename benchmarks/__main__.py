"""`python -m benchmarks`: what a frame costs through the consumer, and by hand."""

import json
import os
import platform
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks import markdown
from benchmarks.client import measure
from benchmarks.workloads import WORKLOADS, Workload
from harness.servers import SERVERS, Server, serve

APPLICATIONS = ("raw", "consumer")
#: No access log, which would be measured too.
QUIET = {"daphne": ("-v", "0"), "uvicorn": ("--log-level", "warning")}


def main() -> None:
    options = _options()
    cores = _cores()
    results = [row for server in options.servers for row in _measure(server, options.repeat, cores)]
    machine = {
        "cores": os.cpu_count(),
        "pinned": bool(cores),
        "machine": platform.machine(),
        "python": platform.python_version(),
        **{server: version(server) for server in options.servers},
    }
    if options.json:
        print(json.dumps({"machine": machine, "results": results}, indent=2))
    else:
        print(", ".join(f"{name} {value}" for name, value in machine.items()))
        _print(results)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=SERVERS)
    parser.add_argument("--repeat", type=int, default=5, help="runs of each, after one to warm up")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _measure(server_name: str, repeat: int, cores: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    with _served(server_name, cores) as server:
        for workload in WORKLOADS:
            runs: dict[str, list[dict[str, float]]] = {name: [] for name in APPLICATIONS}
            for number in range(repeat + 1):
                for application, taken in runs.items():
                    result = measure(server.url, application, workload)
                    if number:
                        taken.append(result)
            for application, taken in runs.items():
                yield _row(server_name, workload, application, taken)


@contextmanager
def _served(server_name: str, cores: tuple[int, ...]) -> Iterator[Server]:
    """Serve on the first core, and let the clients have the last."""
    environment = {"DJANGO_SETTINGS_MODULE": "project.settings"}
    _pin(cores[:1])
    with serve(
        server_name,
        "benchmarks.application:application",
        environment,
        options=QUIET.get(server_name, ()),
    ) as server:
        _pin(cores[-1:])
        yield server


def _cores() -> tuple[int, ...]:
    available = tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()
    return available if len(available) > 1 else ()


def _pin(cores: tuple[int, ...]) -> None:
    if cores:
        os.sched_setaffinity(0, cores)


def _row(
    server_name: str, workload: Workload, application: str, taken: list[dict[str, float]]
) -> dict[str, Any]:
    spent = [each["microseconds"] for each in taken]
    return {
        "server": server_name,
        "workload": workload.name,
        "application": application,
        "microseconds": median(spent),
        "least": min(spent),
        "most": max(spent),
        "frames_a_second": median(each["frames_a_second"] for each in taken),
    }


def _print(results: list[dict[str, Any]]) -> None:
    columns: dict[str, Callable[[dict[str, Any]], str]] = {
        "workload": lambda row: row["workload"],
        "server": lambda row: row["server"],
        "application": lambda row: row["application"],
        "µs a frame": lambda row: f"{row['microseconds']:.1f}",
        "least to most": lambda row: f"{row['least']:.1f} to {row['most']:.1f}",
        "frames a second": lambda row: f"{row['frames_a_second']:,.0f}",
    }
    order = [workload.name for workload in WORKLOADS]
    results = sorted(results, key=lambda row: order.index(row["workload"]))
    rows = [[show(row) for show in columns.values()] for row in results]
    print(markdown.table(list(columns), rows))


if __name__ == "__main__":
    main()
