"""`python -m harness.npm`: the packages of npm that tests read streams with.

They are installed into `.node` if this machine has Node and npm. Without these the tests that need
them are not collected.
"""

import fcntl
import json
import shutil
import subprocess
from typing import Any

from harness.servers import ROOT

SOURCE = ROOT / "harness" / "javascript"
FOLDER = ROOT / ".node"
#: Whether this machine can run the tests.
FOUND = shutil.which("node") is not None and shutil.which("npm") is not None
#: Seconds for an installation, and for a script.
INSTALLATION, SCRIPT = 300, 60


def main() -> None:
    if not FOUND:
        print("Node and npm are not found: the tests with packages of npm are left out")
    else:
        install()


def install() -> None:
    """Install the packages, unless they are, and copy the scripts beside them."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:  # two processes of pytest share the folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        for script in SOURCE.glob("*.mjs"):
            shutil.copy(script, FOLDER)
        wanted, installed = SOURCE / "package.json", FOLDER / "installed.json"
        if installed.exists() and installed.read_text() == wanted.read_text():
            return
        print("Installing packages of npm into .node (about 30 MB)")
        shutil.copy(wanted, FOLDER)
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*command, "--ignore-scripts"], cwd=FOLDER, check=True, timeout=INSTALLATION)
        shutil.copy(wanted, installed)


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
