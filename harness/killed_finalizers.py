"""`python -m harness.killed_finalizers`: kill the process that runs a finalizer; is the text saved?

Each run is a stream over Redis. A process of its own settles the text, and so runs the finalizer.
It is killed at a random moment: before the text has settled (the stream ends `errored` then, and
what there is of the text is saved), before the run, in the middle, or when it is done. This process
is the one that is left. It counts the rows that were saved, and the runs.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

from harness.redis_server import redis_server

#: Seconds until a process is killed, at most; and what the process that is left has to go on.
MOMENTS, PATIENCE = 0.07, 30.0
LEASE = "0.4"


class Finding(NamedTuple):
    """How one run went."""

    rows: int
    runs: int
    overlaps: int
    state: str


def kill_each(count: int, seed: int) -> Generator[Finding]:
    """Kill so many processes at random moments; yield how each stream was saved."""
    with redis_server() as server, tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "SSE_PIPELINE_STORE": server.url,
            "SSE_PIPELINE_LOG_LEVEL": "CRITICAL",
            "LEASE": LEASE,
        }
        from harness import saving  # its settings name the server
        from sse_pipeline import SSEHandler

        database = str(Path(folder) / "messages.sqlite3")
        saving.make_tables(database)
        processes = multiprocessing.get_context("forkserver")
        processes.set_forkserver_preload(["harness.saving"])
        for number in range(count):
            moment = random.Random(f"{seed} {number}").uniform(0, MOMENTS)
            ready = Path(folder) / str(number)
            handler = SSEHandler(components=["text"])
            handler.finalize("save", saving.save, arguments={"database": database})
            process = processes.Process(target=saving.finish, args=(handler.stream_id, str(ready)))
            process.start()
            killed = _kill(process, ready, moment)
            handler.is_complete.wait(PATIENCE)
            found = saving.saved(database, handler.stream_id, killed)
            yield Finding(*found, handler.snapshot().state)


def _kill(
    process: multiprocessing.process.BaseProcess, ready: Path, moment: float
) -> dict[int, float]:
    until = time.monotonic() + PATIENCE
    while not ready.exists() and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(moment)
    process.kill()
    killed = time.monotonic()
    process.join()
    assert process.pid is not None
    return {process.pid: killed}


def main() -> int:
    """Print what was found; return 1 if a text was not saved once."""
    parser = argparse.ArgumentParser(prog="python -m harness.killed_finalizers")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = Counter[Finding]()
    with contextlib.closing(kill_each(options.count, options.seed)) as findings:
        for finding in findings:
            found[finding] += 1
    wrong = 0
    for finding, count in found.most_common():
        print(f"{count:4} x {finding}")
        ended = finding.state in ("complete", "errored")
        wrong += count * ((finding.rows, finding.overlaps, ended) != (1, 0, True))
    print(f"{options.count} processes killed: {wrong} texts not saved once")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
