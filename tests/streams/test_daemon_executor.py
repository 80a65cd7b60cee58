"""The threads in which the rights of readers are asked for."""

import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from harness.fault_client import SECONDS
from harness.servers import ROOT
from sse_pipeline.streams.daemon_executor import DaemonExecutor

HANGING = """
from threading import Event
from sse_pipeline.streams.daemon_executor import DaemonExecutor
started = Event()
DaemonExecutor(1, "hanging").submit(lambda: (started.set(), Event().wait()))
started.wait()
print("over")
"""


def test_a_process_ends_while_a_call_hangs() -> None:
    words = [sys.executable, "-c", HANGING]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=SECONDS, check=True)
    assert done.stdout == b"over\n"


def test_calls_share_the_threads() -> None:
    executor = DaemonExecutor(2, "sharing")
    both = threading.Barrier(2, timeout=SECONDS)
    assert {each.result(SECONDS) for each in [executor.submit(both.wait) for _ in "ab"]} == {0, 1}
    names = [executor.submit(threading.current_thread).result(SECONDS) for _ in range(9)]
    assert {each.name for each in names} == {"sharing"}
    assert len({each.ident for each in names}) <= 2


def test_an_error_and_a_cancel_concern_their_call_alone() -> None:
    executor, go_on = DaemonExecutor(1, "alone"), threading.Event()
    first = executor.submit(go_on.wait, SECONDS)
    failing, given_up = executor.submit(int, "x"), executor.submit(int, "1")
    assert given_up.cancel()
    go_on.set()
    assert first.result(SECONDS)
    with pytest.raises(ValueError, match="invalid literal"):
        failing.result(SECONDS)
    with pytest.raises(CancelledError):
        given_up.result(SECONDS)
    assert executor.submit(int, "3").result(SECONDS) == 3
