"""`python -m harness.npm`: the packages of npm that tests read streams with.

They are installed into `.node` if this machine has Node and npm, and npm finds them. Without these
the tests that need them are not collected, and `make test` says so.
"""

import fcntl
import functools
import json
import shutil
import subprocess
from typing import Any

from harness.servers import ROOT

SOURCE = ROOT / "harness" / "javascript"
#: The client module, a package itself.
CLIENT = ROOT / "sse_pipeline" / "static" / "sse_pipeline" / "client"
FOLDER = ROOT / ".node"
WANTED, INSTALLED = SOURCE / "package.json", FOLDER / "installed.json"
#: Whether this machine has what installs and runs them.
FOUND = shutil.which("node") is not None and shutil.which("npm") is not None
#: Seconds for an installation, and for a script.
INSTALLATION, SCRIPT = 300, 60


def main() -> None:
    if not FOUND:
        print("Node and npm are not found: the tests with packages of npm are left out")
        return
    try:
        install()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"The tests with packages of npm are left out: {error}")


def is_ready() -> bool:
    """Return whether this machine can run the tests."""
    return FOUND and _is_installed()


def _is_installed() -> bool:
    return INSTALLED.exists() and INSTALLED.read_text() == WANTED.read_text()


def install() -> None:
    """Install the packages, unless they are; copy the scripts, and link the client, beside them."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:  # two processes of pytest share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_installed():
            print("Installing packages of npm into .node (about 130 MB)")
            shutil.copy(WANTED, FOLDER)
            command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(
                [*command, "--ignore-scripts"], cwd=FOLDER, check=True, timeout=INSTALLATION
            )
            shutil.copy(WANTED, INSTALLED)
        for pattern in ("*.m[jt]s", "*.jsx"):
            for script in SOURCE.glob(pattern):
                shutil.copy(script, FOLDER)
        link = FOLDER / "node_modules" / "sse-pipeline"
        if not link.exists():
            link.symlink_to(CLIENT, target_is_directory=True)


@functools.cache
def bundle(script: str) -> str:
    """Return a script of the tests in one piece with the packages that it imports, for a page."""
    words = ("--bundle", "--preserve-symlinks", "--jsx=automatic", "--log-level=error")
    done = subprocess.run(
        ["node", "node_modules/esbuild/bin/esbuild", script, *words],
        cwd=FOLDER,
        check=False,
        capture_output=True,
        text=True,
        timeout=SCRIPT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(script: str, *words: str) -> Any:
    """Run a script, and return the JSON that it prints."""
    done = subprocess.run(
        ["node", script, *words],
        cwd=FOLDER,
        check=False,
        capture_output=True,
        text=True,
        timeout=SCRIPT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
