"""A worker of a task queue, in a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping

from harness.servers import ROOT


@contextlib.contextmanager
def run_worker(environment: Mapping[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker until the block is left; then end all processes of it."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=dict(environment), start_new_session=True
    )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
