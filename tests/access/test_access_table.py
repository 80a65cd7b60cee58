"""The document that says who may do what."""

import subprocess
import sys

from harness.access_table import TARGET
from harness.servers import ROOT


def test_the_document_is_what_a_site_says() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "harness.access_table"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == TARGET.read_text(), "make docs writes it anew"
