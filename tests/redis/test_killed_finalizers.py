"""A process is killed while it runs a finalizer: another one runs it again, and saves once.

`make finalizers` kills a hundred processes, each at a random moment.
"""

import subprocess
import sys

import pytest

from harness.servers import ROOT

pytestmark = pytest.mark.processes


@pytest.mark.patient
def test_what_a_killed_process_was_to_save_is_saved_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.killed_finalizers", "--count=2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 processes killed: 0 texts not saved once" in done.stdout
